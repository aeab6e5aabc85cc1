package engine

import (
	"fmt"
	"strconv"
	"strings"
)

// Freeze is which layers a run leaves as they are, as fine-tuning does: their
// parameters keep their bits.
type Freeze uint8

// All layers train; both convolutions stay; all layers stay but the last.
const (
	NoFreeze Freeze = iota
	FreezeConv
	FreezeAllButLast
)

var freezeNames = [...]string{"none", "conv", "all-but-last"}

func (f Freeze) String() string { return nameOf(freezeNames[:], int(f), "Freeze") }

// MarshalText implements [encoding.TextMarshaler].
func (f Freeze) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It accepts the names that String returns.
func (f *Freeze) UnmarshalText(text []byte) error {
	return unmarshalName(f, "layers to freeze", freezeNames[:], text)
}

// Holds reports whether the tensor of that state_dict name, "3.weight", keeps its bits.
func (f Freeze) Holds(name string) bool {
	number, _, _ := strings.Cut(name, ".")
	layer, err := strconv.Atoi(number)
	return err == nil && (f == FreezeConv && layer < 7 || f == FreezeAllButLast && layer < NumLayers-1)
}

// Freezer is a [Backend] that can leave layers as they are, as that of package cpu does.
type Freezer interface {
	Backend
	// SetFreeze chooses the layers that steps leave as they are from now on. The
	// gradient of their parameters is not computed; Gradient gives zeros.
	SetFreeze(Freeze) error
}

// freeze has the backend leave the recipe's layers as they are.
func freeze(b Backend, r Recipe) error {
	if f, ok := b.(Freezer); ok {
		return f.SetFreeze(r.Freeze)
	}
	if r.Freeze != NoFreeze {
		return fmt.Errorf("%s trains all layers: to freeze %v, use a backend of package cpu", b.Name(), r.Freeze)
	}
	return nil
}

// InitFrom starts from trained parameters q, as fine-tuning does: all are copied
// or, where q has another number of classes, all but those of the last layer,
// which are as [Params.Init] draws them from the seed. It returns an error when
// the networks differ in anything else.
func (p *Params) InitFrom(q *Params, seed uint64) error {
	if !q.Config.WithClasses(p.Config.NumClasses()).Equal(p.Config) {
		return fmt.Errorf("the weights are of %+v, the network is %+v: use the same activation, pooling, channels and units", q.Config, p.Config)
	}
	p.Init(seed)
	from := q.Tensors()
	for i, t := range p.Tensors() {
		if len(t.Data) == len(from[i].Data) {
			copy(t.Data, from[i].Data)
		}
	}
	return nil
}
