// Package naming finds a LeNet's ten tensors among the arrays of a file,
// whatever wrote it and however it calls them.
package naming

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lenet/engine"
)

// Array is an array of a file. Its values are read only when it is one of the ten.
type Array struct {
	Name  string
	Shape []int
	Read  func() ([]float32, error) // row-major, in the machine's byte order
}

// Notes say how the arrays were understood.
type Notes struct {
	// Assumed names what the file does not tell and d2l's network stands in
	// for: "activation", "pooling" or both.
	Assumed []string
	// Said are sentences about names that are not a LeNet's own.
	Said []string
}

// layers are the places of the layers with parameters in nn.Sequential.
var layers = [...]int{0, 3, 7, 9, 11}

// Params returns the network that the arrays hold, copied. meta may hold
// "activation" and "pooling"; without them they are d2l's, sigmoid and avg.
// Three ways of naming the tensors are known: those of a plain nn.Sequential,
// those after a Reshape module, one higher, and either below any prefix, as
// "net." of d2l's class or "module." of DataParallel. Arrays of other names are
// taken by their shapes and their order.
func Params(arrays []Array, meta map[string]string) (*engine.Params, Notes, error) {
	var n Notes
	found, err := numbered(arrays, &n)
	if found == nil && err == nil {
		found, err = shaped(arrays, &n)
	}
	if err != nil {
		return nil, n, err
	}
	config, err := configOf(found, meta, &n)
	if err != nil {
		return nil, n, err
	}
	p := engine.NewParams(config)
	for _, t := range p.Tensors() {
		a := found[t.Name]
		if !slices.Equal(a.Shape, t.Shape) {
			return nil, n, fmt.Errorf("%q has shape %v, the other arrays ask for %v", a.Name, a.Shape, t.Shape)
		}
		data, err := a.Read()
		if err != nil {
			return nil, n, fmt.Errorf("%q: %w", a.Name, err)
		}
		if len(data) != len(t.Data) {
			return nil, n, fmt.Errorf("%q has %d values for shape %v", a.Name, len(data), t.Shape)
		}
		copy(t.Data, data)
	}
	if name := p.FirstNonFinite(); name != "" {
		return nil, n, fmt.Errorf("%s holds a value that is not finite", name)
	}
	return p, n, nil
}

// configOf finds the network that the shapes and the metadata describe.
func configOf(found map[string]Array, meta map[string]string, n *Notes) (engine.Config, error) {
	c := engine.Classic()
	outputs := func(layer string) int {
		if s := found[layer+".bias"].Shape; len(s) == 1 {
			return s[0]
		}
		return 0 // refused by Validate
	}
	c.Channels = [2]int{outputs("0"), outputs("3")}
	c.Units = [2]int{outputs("7"), outputs("9")}
	c = c.WithClasses(outputs("11"))
	var errs []error
	setting := func(name string, unmarshal func([]byte) error) {
		if s, ok := meta[name]; ok {
			errs = append(errs, unmarshal([]byte(s)))
		} else {
			n.Assumed = append(n.Assumed, name)
		}
	}
	setting("activation", c.Activation.UnmarshalText)
	setting("pooling", c.Pooling.UnmarshalText)
	return c, errors.Join(append(errs, c.Validate())...)
}

// numbered finds the ten arrays by the numbers of their modules. It returns nil
// when the names are others.
func numbered(arrays []Array, n *Notes) (map[string]Array, error) {
	byName := map[string]Array{}
	var prefixes []string
	for _, a := range arrays {
		byName[a.Name] = a
		for _, ending := range []string{"0.weight", "1.weight"} {
			if prefix, ok := strings.CutSuffix(a.Name, ending); ok && (prefix == "" || strings.HasSuffix(prefix, ".")) && !slices.Contains(prefixes, prefix) {
				prefixes = append(prefixes, prefix)
			}
		}
	}
	sorted(prefixes, shallower)
	for _, prefix := range prefixes {
		for shift := range 2 {
			found := map[string]Array{}
			for _, name := range plainNames(shift) {
				if a, ok := byName[prefix+name]; ok {
					found[plain(name, shift)] = a
				}
			}
			if len(found) == 2*len(layers) {
				return found, n.passOver(arrays, found, func(name string) bool {
					rest, ok := strings.CutPrefix(name, prefix)
					return ok && strings.Count(rest, ".") == 1
				})
			}
		}
	}
	return nil, nil
}

// plainNames returns the ten names of an nn.Sequential whose first module has number shift.
func plainNames(shift int) (names []string) {
	for _, l := range layers {
		names = append(names, strconv.Itoa(l+shift)+".weight", strconv.Itoa(l+shift)+".bias")
	}
	return names
}

// plain returns the name without the shift.
func plain(name string, shift int) string {
	number, kind, _ := strings.Cut(name, ".")
	i, _ := strconv.Atoi(number)
	return strconv.Itoa(i-shift) + "." + kind
}

// passOver notes the arrays that are none of the ten. A layer that a LeNet has
// not, beside those that it has, is an error: without it the network would
// compute something else. beside reports whether a name would be one of them.
func (n *Notes) passOver(arrays []Array, found map[string]Array, beside func(name string) bool) error {
	used := map[string]bool{}
	for _, a := range found {
		used[a.Name] = true
	}
	var over []string
	for _, a := range arrays {
		if used[a.Name] {
			continue
		}
		layer, kind := cutLast(a.Name)
		if (kind == "weight" && size(a.Shape) > 0 || kind == "running_mean") && beside(a.Name) {
			return fmt.Errorf("it has a layer %q with %s of shape %v, which is none of a LeNet's five", layer, kind, a.Shape)
		}
		over = append(over, a.Name)
	}
	if len(over) > 0 {
		n.Said = append(n.Said, "passed over, since a LeNet has no such array: "+list(over))
	}
	return nil
}

// list quotes names, the first eight of them.
func list(names []string) string {
	const most = 8
	quoted := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, strconv.Quote(name))
	}
	text := strings.Join(quoted, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func cutLast(name string) (before, last string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// sorted is a stable insertion sort, for the few names that a file has; a
// smaller program than slices.SortStableFunc makes.
func sorted[T any](s []T, less func(a, b T) bool) {
	for i := range s {
		for j := i; j > 0 && less(s[j], s[j-1]); j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
}

// shallower reports whether a prefix is less deep.
func shallower(a, b string) bool { return strings.Count(a, ".") < strings.Count(b, ".") }
