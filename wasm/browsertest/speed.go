package browsertest

import (
	"fmt"
	"time"
)

// Training is how fast a page trains.
type Training struct {
	Workers int     // that share the run
	Speed   float64 // examples a second
	Steps   float64 // SGD steps a second
}

// Train lets a page train for a while, with what is set in its form but for the
// number of workers, "auto" or how many, and gives the run up. Its speed is
// counted as d2l does, without evaluation.
func (p *Page) Train(workers string, while time.Duration) (Training, error) {
	var t Training
	if err := p.Set("workers", workers); err != nil {
		return t, err
	}
	if err := p.Click("#train"); err != nil {
		return t, err
	}
	const at = `(({ seen, step, seconds }) => ({ Seen: Number(seen), Step: Number(step), Seconds: Number(seconds) }))(document.getElementById('status').dataset)`
	type mark struct{ Seen, Step, Seconds float64 }
	if err := p.Wait(`Number(document.getElementById('status').dataset.seconds) > 0.5`, time.Minute); err != nil {
		return t, err
	}
	from, err := Eval[mark](p, at)
	if err != nil {
		return t, err
	}
	time.Sleep(while)
	to, err := Eval[mark](p, at)
	if err != nil {
		return t, err
	}
	if to.Seconds <= from.Seconds {
		return t, fmt.Errorf("no step in %v", while)
	}
	if t.Workers, err = Eval[int](p, `Number(document.getElementById('status').dataset.workers)`); err != nil {
		return t, err
	}
	t.Speed = (to.Seen - from.Seen) / (to.Seconds - from.Seconds)
	t.Steps = (to.Step - from.Step) / (to.Seconds - from.Seconds)
	if err := p.Click("#reset"); err != nil {
		return t, err
	}
	return t, p.Wait(`document.getElementById('status').dataset.state === 'idle'`, time.Minute)
}
