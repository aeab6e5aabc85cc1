package inspect

import (
	"fmt"
	"strings"

	"lenet/engine"
)

// Torch returns the unit's value as a line of PyTorch, with net the recipe's
// nn.Sequential of modules 0 to 11, x the image as [1, 1, 28, 28], torch and
// torch.nn.functional as F.
func (s *Sum) Torch() string {
	if s.Kind == Pixel {
		return fmt.Sprintf("x[0, 0, %d, %d]", s.Y, s.X)
	}
	at := s.Layer
	if s.Act != "" {
		at--
	}
	h := fmt.Sprintf("net[:%d](x)", at)
	if at == 0 {
		h = "x"
	}
	var call string
	weights := fmt.Sprintf("net[%d].weight, net[%d].bias", at, at)
	switch s.Module {
	case "Conv2d":
		padding := ""
		if at == 0 {
			padding = ", padding=2"
		}
		call = fmt.Sprintf("F.conv2d(%s, %s%s)", h, weights, padding)
	case "AvgPool2d":
		call = fmt.Sprintf("F.avg_pool2d(%s, 2)", h)
	case "MaxPool2d":
		call = fmt.Sprintf("F.max_pool2d(%s, 2)", h)
	default:
		call = fmt.Sprintf("F.linear(%s, %s)", h, weights)
	}
	if s.Act != "" {
		call = fmt.Sprintf("torch.%s(%s)", strings.ToLower(s.Act), call)
	}
	if s.Kind == Linear {
		return fmt.Sprintf("%s[0, %d]", call, s.C)
	}
	return fmt.Sprintf("%s[0, %d, %d, %d]", call, s.C, s.Y, s.X)
}

// Formula returns how the unit's value is computed, in the notation of a textbook.
func (s *Sum) Formula() string {
	var f string
	switch s.Kind {
	case Pixel:
		return "x = pixel / 255"
	case Pool:
		if s.Module == "MaxPool2d" {
			return fmt.Sprintf("max of x[%d, %d:%d, %d:%d]", s.C, s.Y0, s.Y0+2, s.X0, s.X0+2)
		}
		return fmt.Sprintf("mean of x[%d, %d:%d, %d:%d]", s.C, s.Y0, s.Y0+2, s.X0, s.X0+2)
	case Conv:
		at := func(name string, from int) string {
			switch {
			case from < 0:
				return fmt.Sprintf("%s−%d", name, -from)
			case from == 0:
				return name
			}
			return fmt.Sprintf("%d+%s", from, name)
		}
		f = fmt.Sprintf("Σ w[%d,i,u,v]·x[i,%s,%s] + b[%d]", s.C, at("u", s.Y0), at("v", s.X0), s.C)
	default:
		f = fmt.Sprintf("Σ w[%d,i]·x[i] + b[%d]", s.C, s.C)
	}
	switch s.Act {
	case "Sigmoid":
		return "σ(" + f + ")"
	case "Tanh":
		return "tanh(" + f + ")"
	case "ReLU":
		return "max(0, " + f + ")"
	}
	return f
}

// Softmax returns the formula of the probability of class c.
func Softmax(t *engine.Trace, c int) float64 {
	p := make([]float32, len(t.Logits()))
	engine.Softmax(p, t.Logits())
	return float64(p[c])
}
