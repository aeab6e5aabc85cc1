package engine

import (
	"slices"
	"strings"
	"testing"
)

// Training starts from another network's weights; the last layer of another
// number of classes is the one that the seed draws.
func TestInitFrom(t *testing.T) {
	q := NewParams(Classic())
	q.Init(1)
	for _, n := range []int{3, 10, 26} {
		p, drawn := NewParams(Classic().WithClasses(n)), NewParams(Classic().WithClasses(n))
		drawn.Init(7)
		if err := p.InitFrom(q, 7); err != nil {
			t.Fatal(err)
		}
		for i, a := range p.Tensors() {
			want := q.Tensors()[i].Data
			if n != 10 && strings.HasPrefix(a.Name, "11.") {
				want = drawn.Tensors()[i].Data
			}
			if !slices.Equal(a.Data, want) {
				t.Errorf("%d classes: %s", n, a.Name)
			}
		}
	}
	for _, change := range []func(*Config){func(c *Config) { c.Activation = Tanh }, func(c *Config) { c.Pooling = MaxPool },
		func(c *Config) { c.Channels[0] = 7 }, func(c *Config) { c.Units[1] = 7 }} {
		c := Classic()
		change(&c)
		if err := NewParams(c).InitFrom(q, 7); err == nil || !strings.Contains(err.Error(), "use the same") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// freezer is a recorder that can freeze layers.
type freezer struct {
	recorder
	frozen Freeze
}

func (f *freezer) SetFreeze(to Freeze) error { f.frozen = to; return nil }

// Train has the backend freeze what the recipe says, or nothing; a backend that
// trains all layers is refused.
func TestTrainFreezes(t *testing.T) {
	b := &freezer{}
	for _, f := range []Freeze{FreezeConv, NoFreeze, FreezeAllButLast} {
		r := tinyRecipe()
		r.Freeze = f
		if err := Train(t.Context(), b, r, tinySet(4), tinySet(1), 0, nil); err != nil || b.frozen != f {
			t.Errorf("%v: frozen %v, %v", f, b.frozen, err)
		}
		err := Train(t.Context(), &recorder{}, r, tinySet(4), tinySet(1), 0, nil)
		if refused := err != nil && strings.Contains(err.Error(), "trains all layers"); refused != (f != NoFreeze) {
			t.Errorf("%v, on a backend that cannot: %v", f, err)
		}
	}
}

// 0 and 10 classes are the same network.
func TestClasses(t *testing.T) {
	ten := Classic()
	ten.Classes = 10
	if !ten.Equal(Classic()) || Classic().WithClasses(10) != Classic() || ten.NumParams() != Classic().NumParams() || ten.Validate() != nil {
		t.Errorf("%+v", ten)
	}
	if c := Classic().WithClasses(26); c.Equal(ten) || c.NumClasses() != 26 || NewTrace(c).Logits()[25] != 0 || c.Layers()[11].Size() != 26 {
		t.Errorf("%+v", c)
	}
}
