package browsertest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// testAcc is the test accuracy on show, in percent, NaN before there is one.
const testAcc = `parseFloat(document.getElementById('test-acc').textContent)`

const state = `document.getElementById('status').dataset.state`
const step = `Number(document.getElementById('status').dataset.step)`

// Train, with what the page proposes, passes 85 % on MNIST and 70 % on
// Fashion-MNIST; meanwhile the prediction for the drawing follows, and nothing
// holds the page up for longer than 50 ms. The WebGL frame's own tasks do not
// count: here the CPU draws it.
func TestTrain(t *testing.T) {
	for _, c := range []struct {
		dataset string
		want    string
	}{{"mnist", "85"}, {"fashion", "70"}} {
		t.Run(c.dataset, func(t *testing.T) {
			p := open(t, normal, desktop)
			must(t, p.Set("dataset", c.dataset))
			drawOne(t, p)
			begun := eval[float64](t, p, `performance.now()`)
			must(t, p.Click("#train"))
			must(t, p.Wait(state+` === 'training'`, 20*time.Second))
			before := eval[string](t, p, `document.getElementById('prediction').dataset.p`)
			must(t, p.Wait(testAcc+` > `+c.want, 2*time.Minute))
			seconds := (eval[float64](t, p, `performance.now()`) - begun) / 1000
			t.Logf("%s: %.1f %% on the test set after %.1f s and %v steps; %s", c.dataset, eval[float64](t, p, testAcc), seconds, eval[float64](t, p, step), eval[string](t, p, `document.getElementById('status').textContent`))
			if after := eval[string](t, p, `document.getElementById('prediction').dataset.p`); after == before {
				t.Errorf("the prediction stays at %s while the network learns", after)
			}
			longest := eval[float64](t, p, `Math.max(0, ...longTasks.filter((e) => e.name === 'self' && e.start > `+fmt.Sprint(begun)+`).map((e) => e.ms))`)
			t.Logf("longest task of the page while it trained: %.0f ms", longest)
			if longest > 50 {
				t.Errorf("a task held the page up for %.0f ms", longest)
			}
		})
	}
}

// The run ends by itself, says so, and its results are in the table.
func TestTrainToTheEnd(t *testing.T) {
	p := open(t, normal, desktop)
	must(t, p.Set("epochs", "2"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished'`, 2*time.Minute))
	if rows := eval[int](t, p, `document.querySelectorAll('#table tbody tr').length`); rows != 2 {
		t.Errorf("%d rows in the table after 2 epochs", rows)
	}
	if note := eval[string](t, p, `document.getElementById('note').textContent`); !strings.Contains(note, "test acc 0.") {
		t.Errorf("note %q", note)
	}
	if steps := eval[int](t, p, step); steps != 2*188 { // 6,000 images in batches of 32
		t.Errorf("%d steps", steps)
	}
}

// Pause takes effect within 200 ms of the click, and Continue goes on from there.
func TestPause(t *testing.T) {
	p := open(t, normal, desktop)
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'training' && `+step+` > 10`, 30*time.Second))
	eval[bool](t, p, `(() => {
		document.getElementById('pause').addEventListener('click', () => { globalThis.clicked = performance.now(); }, true);
		const status = document.getElementById('status');
		new MutationObserver(() => {
			if (status.dataset.state === 'paused') globalThis.paused ??= performance.now();
		}).observe(status, { attributes: true });
		return true;
	})()`)
	must(t, p.Click("#pause"))
	must(t, p.Wait(`globalThis.paused`, 5*time.Second))
	took := eval[float64](t, p, `paused - clicked`)
	t.Logf("paused %.0f ms after the click", took)
	if took > 200 {
		t.Errorf("Pause took %.0f ms", took)
	}
	at := eval[int](t, p, step)
	time.Sleep(500 * time.Millisecond)
	if now := eval[int](t, p, step); now != at {
		t.Errorf("%d steps at the pause, %d half a second later", at, now)
	}
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > `+fmt.Sprint(at), 10*time.Second))
}

// Step takes one step; Reset gives the run up and shows the trained network again.
func TestStepAndReset(t *testing.T) {
	p := open(t, normal, desktop)
	drawOne(t, p)
	trained := eval[string](t, p, `document.getElementById('prediction').dataset.p`)
	for i := 1; i <= 3; i++ {
		must(t, p.Click("#step"))
		must(t, p.Wait(step+` === `+fmt.Sprint(i)+` && `+state+` === 'paused'`, 20*time.Second))
	}
	must(t, p.Click("#reset"))
	must(t, p.Wait(state+` === 'idle' && `+step+` === 0`, 10*time.Second))
	must(t, p.Wait(`document.getElementById('prediction').dataset.p === '`+trained+`'`, 10*time.Second))
}

// A learning rate that is far too high ends in a state that says so.
func TestDiverged(t *testing.T) {
	p := open(t, normal, desktop)
	must(t, p.Set("preset", "modern"))
	must(t, p.Set("size", "subset"))
	must(t, p.Set("lr", "100"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'diverged'`, time.Minute))
	if note := eval[string](t, p, `document.getElementById('note').textContent`); !strings.Contains(note, "no longer a number") {
		t.Errorf("note %q", note)
	}
}
