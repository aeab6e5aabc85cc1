// Package checkpoint keeps training runs so that they can be resumed, bit
// for bit, whatever ends them.
//
// A checkpoint is a safetensors file of the weights, so that it also serves
// wherever weights do, with two more entries in its metadata: "checkpoint", the
// [State] as JSON, and "checksum", the SHA-256 of the whole file with zeros in
// the checksum's place. It is written beside the old one, brought to the disk
// and renamed, so that at any moment there is a whole one. A run of the same
// recipe gives the same bytes.
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"lenet/engine"
	"lenet/engine/internal/disk"
	"lenet/engine/runlog"
	"lenet/engine/safetensors"
)

// Version is the newest form of the checkpoints that this program reads. A program
// that changes the meaning of what it reads here takes the next one; a field that
// may be passed over does not need that. A checkpoint has the oldest form that
// says all of it: 2 has layers that are frozen.
const Version = 2

// version returns the form that a run's checkpoints take.
func version(r engine.Recipe) int {
	if r.Freeze != engine.NoFreeze {
		return 2
	}
	return 1
}

// State is all that a run needs beside its weights to go on. Plain SGD keeps
// nothing from step to step but the place in the shuffled order, which the seed
// and the epoch give.
type State struct {
	Version int           `json:"version,omitempty"` // of the form; none in the first checkpoints
	Recipe  engine.Recipe `json:"recipe"`
	Device  string        `json:"device"`         // that the weights were computed on
	Epoch   int           `json:"epoch"`          // epochs finished
	Total   int           `json:"total"`          // examples in an epoch
	Done    engine.Stats  `json:"done"`           // of the running epoch, or when Between of the finished one
	Between bool          `json:"between"`        // epochs: the last one was tested, no other has begun
	Test    *engine.Stats `json:"test,omitempty"` // of the last finished epoch
	Curves  runlog.Curves `json:"curves"`
}

// NewState returns where a run stands by its last report. lastTest, of the last
// finished epoch, may be nil.
func NewState(recipe engine.Recipe, device string, r engine.Report, lastTest *engine.Evaluation, curves runlog.Curves) State {
	s := State{Version: version(recipe), Recipe: recipe, Device: device, Epoch: r.Epoch, Total: r.Total, Done: r.Done, Between: r.Test != nil, Curves: curves}
	if lastTest != nil {
		test := lastTest.Stats
		s.Test = &test
	}
	return s
}

// Report returns the report of that moment, for [engine.Continue]. Between
// epochs its Test has no confusion matrix.
func (s State) Report() engine.Report {
	r := engine.Report{Epoch: s.Epoch, Epochs: s.Recipe.Epochs, Total: s.Total, Done: s.Done, LR: s.Recipe.Rate(s.Epoch)}
	if s.Between {
		r.Test = s.Evaluation()
	}
	return r
}

// Evaluation returns the last test's outcome without its confusion matrix, nil
// when there was none.
func (s State) Evaluation() *engine.Evaluation {
	if s.Test == nil {
		return nil
	}
	return &engine.Evaluation{Stats: *s.Test}
}

// ErrFormat is wrapped by the errors for a file that is no checkpoint, or damaged.
var ErrFormat = errors.New("not a whole checkpoint of lenet train")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// MaxFile bounds the bytes of a checkpoint that is read: the largest network's
// weights take 5 MB.
const MaxFile = 8 << 20

var blank = strings.Repeat("0", 2*sha256.Size) // where the checksum goes

// Encode returns the checkpoint as a file. meta is more metadata, as for weights.
func Encode(p *engine.Params, s State, meta map[string]string) ([]byte, error) {
	state, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(meta)
	if all == nil {
		all = map[string]string{}
	}
	all["checkpoint"] = string(state)
	return seal(p, all), nil
}

// seal returns the file with its checksum. It adds to meta.
func seal(p *engine.Params, meta map[string]string) []byte {
	meta["checksum"] = blank
	file := safetensors.Encode(p, meta)
	at := place(file, blank)
	sum := sha256.Sum256(file)
	hex.Encode(file[at:], sum[:])
	return file
}

// place returns where the value of the checksum is in a file, -1 when it is nowhere.
func place(file []byte, sum string) int {
	key := `"checksum":"`
	if i := bytes.Index(file, []byte(key+sum+`"`)); i >= 0 {
		return i + len(key)
	}
	return -1
}

// Decode reads a checkpoint and checks every byte of it.
func Decode(file []byte) (*engine.Params, State, error) {
	var s State
	p, meta, err := safetensors.DecodeMeta(file)
	if err != nil {
		return nil, s, refuse("%w", err)
	}
	state, ok := meta["checkpoint"]
	if !ok {
		return nil, s, refuse("these are weights alone; give them as --weights, to lenet eval for example")
	}
	at := place(file, meta["checksum"])
	if at < 0 || len(meta["checksum"]) != len(blank) {
		return nil, s, refuse("it has no checksum")
	}
	clean := bytes.Clone(file)
	copy(clean[at:], blank)
	if sum := sha256.Sum256(clean); hex.EncodeToString(sum[:]) != meta["checksum"] {
		return nil, s, refuse("its bytes do not match their checksum: it is damaged")
	}
	var form struct{ Version int }
	if json.Unmarshal([]byte(state), &form) == nil && form.Version > Version {
		return nil, s, refuse("a newer lenet wrote it, in form %d, and this one reads up to form %d: use the newer one; lenet eval, predict and convert take its weights here too", form.Version, Version)
	}
	var old struct { // as far as it goes, the form before the recipe had all settings
		*State
		runlog.Beside
	}
	old.State = &s
	if err := json.Unmarshal([]byte(state), &old); err != nil {
		return nil, s, refuse("its state: %w", err)
	}
	old.Into(&s.Recipe)
	if err := s.check(p); err != nil {
		return nil, s, refuse("its state: %w", err)
	}
	return p, s, nil
}

// check returns an error for a state that no run has.
func (s State) check(p *engine.Params) error {
	if err := s.Recipe.Validate(); err != nil {
		return err
	}
	switch {
	case !s.Recipe.Config.Equal(p.Config):
		return fmt.Errorf("it is of %+v, the weights are of %+v", s.Recipe.Config, p.Config)
	case s.Epoch < 0 || s.Total < 1 || s.Done.Examples < 0 || s.Done.Examples > s.Total:
		return fmt.Errorf("epoch %d, %d of %d examples", s.Epoch, s.Done.Examples, s.Total)
	case s.Between && (s.Test == nil || s.Epoch < 1):
		return errors.New("an epoch is finished, its test is missing")
	}
	return nil
}

// Save writes the checkpoint to path, replacing the one before. When that
// fails, the one before is left as it was.
func Save(path string, p *engine.Params, s State, meta map[string]string) error {
	file, err := Encode(p, s, meta)
	if err != nil {
		return err
	}
	return disk.WriteFile(path, file)
}
