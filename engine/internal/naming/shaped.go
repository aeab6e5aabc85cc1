package naming

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lenet/engine"
)

// layer is a pair of arrays, X.weight and X.bias.
type layer struct {
	name         string
	weight, bias Array
}

// out and in are the sizes that the layer's weight has.
func (l layer) out() int { return l.weight.Shape[0] }
func (l layer) in() int  { return l.weight.Shape[1] }

// shaped finds the five layers by their shapes: two convolutions and three
// linear layers, each fed by the one before. Where shapes leave a choice, the
// layers come in the order of their names, as conv1, conv2, fc1, fc2, fc3.
func shaped(arrays []Array, n *Notes) (map[string]Array, error) {
	byName := map[string]Array{}
	prefixes := []string{""}
	for _, a := range arrays {
		byName[a.Name] = a
		for i, c := range a.Name {
			if prefix := a.Name[:i+1]; c == '.' && !slices.Contains(prefixes, prefix) && len(prefixes) < 100 {
				prefixes = append(prefixes, prefix)
			}
		}
	}
	sorted(prefixes, shallower)
	for _, prefix := range prefixes {
		var convs, linears []layer
		for _, a := range arrays {
			stem, ok := strings.CutSuffix(a.Name, "weight")
			bias, paired := byName[stem+"bias"]
			if !ok || !paired || !strings.HasPrefix(a.Name, prefix) {
				continue
			}
			l := layer{strings.TrimRight(stem, "._"), a, bias}
			switch len(a.Shape) {
			case 4:
				convs = append(convs, l)
			case 2:
				linears = append(linears, l)
			}
		}
		if len(convs) != 2 || len(linears) != 3 {
			continue
		}
		chain := order(convs, linears)
		if chain == nil {
			continue
		}
		found := map[string]Array{}
		var said []string
		for i, l := range chain {
			at := strconv.Itoa(layers[i])
			found[at+".weight"], found[at+".bias"] = l.weight, l.bias
			said = append(said, fmt.Sprintf("%q for %s", l.name, at))
		}
		n.Said = append(n.Said, "layers taken by order and shape: "+strings.Join(said, ", "))
		return found, n.passOver(arrays, found, func(name string) bool { return strings.HasPrefix(name, prefix) })
	}
	return nil, missing(arrays, byName)
}

// order returns the layers from the first to the last, nil when they do not
// feed each other.
func order(convs, linears []layer) []layer {
	byName := func(a, b layer) bool { return natural(a.name, b.name) < 0 }
	sorted(convs, byName)
	sorted(linears, byName)
	for _, c := range [][2]int{{0, 1}, {1, 0}} {
		for _, l := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			chain := []layer{convs[c[0]], convs[c[1]], linears[l[0]], linears[l[1]], linears[l[2]]}
			if feeds(chain) {
				return chain
			}
		}
	}
	return nil
}

// feeds reports whether each of five layers takes as many inputs as the one
// before has outputs.
func feeds(c []layer) bool {
	for _, conv := range c[:2] {
		if s := conv.weight.Shape; s[2] != engine.Kernel || s[3] != engine.Kernel {
			return false
		}
	}
	area := engine.Config{Channels: [2]int{1, 1}}.Features()
	return c[0].in() == 1 && c[1].in() == c[0].out() && c[2].in() == c[1].out()*area &&
		c[3].in() == c[2].out() && c[4].in() == c[3].out() && c[4].out() >= engine.MinClasses && c[4].out() <= engine.MaxClasses
}

// natural compares names with the numbers in them as numbers: fc2 before fc10.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x > 0 && y > 0 {
			p, q := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if c := cmp.Or(len(p)-len(q), strings.Compare(p, q)); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// digits returns how many digits s begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// missing says what is wanted beside what the file has.
func missing(arrays []Array, byName map[string]Array) error {
	// The way of naming of which the file has the most.
	best, lacks := -1, ""
	for shift := range 2 {
		for _, prefix := range []string{"", "net."} {
			has, first := 0, ""
			for _, name := range plainNames(shift) {
				if _, ok := byName[prefix+name]; ok {
					has++
				} else if first == "" {
					first = prefix + name
				}
			}
			if has > best {
				best, lacks = has, first
			}
		}
	}
	var has []string
	const most = 24
	for _, a := range arrays[:min(len(arrays), most)] {
		has = append(has, fmt.Sprintf("%q %s", a.Name, strings.ReplaceAll(fmt.Sprint(a.Shape), " ", "×")))
	}
	if more := len(arrays) - most; more > 0 {
		has = append(has, fmt.Sprintf("%d more", more))
	}
	if len(has) == 0 {
		has = []string{"no arrays"}
	}
	return fmt.Errorf("it has no %q: it has %s; wanted are %s, with shapes such as [6×1×5×5] [6] [16×6×5×5] [16] [120×400] [120] [84×120] [84] [10×84] [10]",
		lacks, strings.Join(has, ", "), strings.Join(plainNames(0), ", "))
}
