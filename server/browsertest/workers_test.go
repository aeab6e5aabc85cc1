package browsertest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/idx"
	"lenet/engine/safetensors"
)

// spy keeps the page's workers, so that a test can kill one as the system
// might: nobody is told. It also keeps the last weights that the page was sent.
const spy = `
globalThis.spied = [];
globalThis.Worker = class extends Worker {
	constructor(url, options) {
		if (globalThis.refuse?.(options.name)) throw new Error('refused');
		super(url, options);
		spied.push({ name: options.name, worker: this });
		this.addEventListener('message', (e) => {
			if (e.data.event?.type === 'params') globalThis.weights = e.data.event.params.data;
		});
	}
};
globalThis.kill = (name) => spied.findLast((w) => w.name === name).worker.terminate();
globalThis.hashWeights = async () => [...new Uint8Array(await crypto.subtle.digest('SHA-256', weights.slice()))]
	.map((b) => b.toString(16).padStart(2, '0')).join('');
`

// sick has the page's workers catch what a test tells them to: to hang, to
// crash at the engine's next look at the clock, or to run out of memory: there
// are 64 MB for each, and it is given a file as large.
const sick = `
globalThis.Worker = class extends Worker {
	constructor(url, options) {
		const code = [
			'lenetBase = ' + JSON.stringify(new URL('.', document.baseURI).href),
			'addEventListener("message", (e) => { if (e.data.sick) e.stopImmediatePropagation(); if (e.data.sick === "hang") for (;;); globalThis.sick ||= e.data.sick; })',
			'const start = WebAssembly.instantiate',
			'WebAssembly.instantiate = (module, imports) => { const { gojs } = imports, now = gojs["runtime.nanotime1"];' +
				'gojs["runtime.nanotime1"] = (sp) => { if (globalThis.sick) throw new RangeError("Out of memory"); now(sp); }; return start(module, imports); }',
			'importScripts(' + JSON.stringify(new URL(url, document.baseURI).href) + ')',
		];
		super(URL.createObjectURL(new Blob([code.join(';')], { type: 'text/javascript' })), options);
	}
};
globalThis.hurt = (name, how) => spied.findLast((w) => w.name === name).worker.postMessage({ sick: how });
globalThis.fill = (name) => spied.findLast((w) => w.name === name).worker.postMessage({
	id: 0, message: { v: 1, type: 'set', test: true, images: new Uint8Array(64 << 20), labels: new Uint8Array(1) },
});
const number = (bytes, at) => { // LEB128, and where it ends
	let n = 0;
	for (let shift = 0; ; shift += 7) {
		const b = bytes[at++];
		n += (b & 127) * 2 ** shift;
		if (b < 128) return [n, at];
	}
};
const digits = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...digits(n >> 7)]);
const cap = async (bytes, pages) => { // gives the program's memory a limit
	for (let at = 8, size, body; ; at = body + size) {
		[size, body] = number(bytes, at + 1);
		if (bytes[at] !== 5) continue;
		const limits = [1, 1, ...digits(number(bytes, body + 2)[0]), ...digits(pages)];
		return new Blob([bytes.subarray(0, at), new Uint8Array([5, limits.length, ...limits]), bytes.subarray(body + size)]).arrayBuffer();
	}
};
if (top === self) WebAssembly.compileStreaming = async (response) =>
	WebAssembly.compile(await cap(new Uint8Array(await response.arrayBuffer()), 64 << 4));
`

// hash returns the SHA-256 of the weights that the page was sent last.
func hash(t *testing.T, p *Page) string {
	t.Helper()
	eval[any](t, p, `void hashWeights().then((h) => { globalThis.hashed = h; })`)
	must(t, p.Wait(`globalThis.hashed`, 10*time.Second))
	return eval[string](t, p, `(() => { const h = hashed; hashed = ''; return h; })()`)
}

// trained returns the SHA-256 of the weights that the quick preset comes to
// natively, with another batch size and number of epochs.
func trained(t *testing.T, batch, epochs int) string {
	t.Helper()
	preset, err := engine.PresetByName("quick")
	must(t, err)
	params := engine.NewParams(preset.Config)
	params.Init(preset.Seed)
	return trainedFrom(t, params, engine.NoFreeze, batch, epochs)
}

// trainedFrom is trained from other weights, and with layers frozen.
func trainedFrom(t *testing.T, params *engine.Params, freeze engine.Freeze, batch, epochs int) string {
	t.Helper()
	preset, err := engine.PresetByName("quick")
	must(t, err)
	r := preset.Recipe
	var set [2][]byte
	for i, name := range []string{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"} {
		file, err := assets.Data(preset.Dataset, name)
		must(t, err)
		a, err := idx.Decode(file, 6000*engine.Pixels)
		must(t, err)
		set[i] = a.Data
	}
	b, err := cpu.New(params.Config, cpu.Options{Reproducible: true})
	must(t, err)
	defer b.Close()
	must(t, b.SetFreeze(freeze))
	must(t, b.SetParams(params))
	must(t, b.SetData(set[0], set[1]))
	order := make([]int32, len(set[1]))
	for epoch := range epochs {
		engine.Shuffle(order, r.Seed, epoch)
		_, err := b.Epoch(order, batch, float32(r.LR), nil)
		must(t, err)
	}
	must(t, b.Params(params))
	h := sha256.New()
	must(t, binary.Write(h, binary.LittleEndian, params.Data))
	return hex.EncodeToString(h.Sum(nil))
}

// On any number of workers, with vector instructions and without, the page
// comes to the bits that lenet train --reproducible comes to; also from the network
// on show with frozen convolutions, as with --init mnist --freeze conv.
func TestReproducible(t *testing.T) {
	t.Parallel()
	file, err := assets.Weights("mnist")
	must(t, err)
	mnist, err := safetensors.Decode(file)
	must(t, err)
	fresh, tuned := trained(t, 32, 1), trainedFrom(t, mnist, engine.FreezeConv, 32, 1)
	for _, c := range []struct {
		workers string
		scalar  bool
		from    string
		want    string
	}{{"1", false, "random", fresh}, {"2", false, "random", fresh}, {"2", true, "random", fresh}, {"2", false, "shown", tuned}} {
		t.Run(fmt.Sprintf("%s workers, scalar %v, %s", c.workers, c.scalar, c.from), func(t *testing.T) {
			t.Parallel()
			v := desktop
			v.Script = spy
			if c.scalar {
				v.Script += `WebAssembly.validate = () => false;`
			}
			p := open(t, plain, v)
			must(t, p.Set("workers", c.workers))
			must(t, p.Set("epochs", "1"))
			must(t, p.Click("#settings > summary"))
			must(t, p.Click(".more summary"))
			must(t, p.Click("#reproducible"))
			command := "lenet train --preset quick --epochs 1 --seed 0 --reproducible "
			if c.from == "shown" {
				must(t, p.Set("from", c.from))
				must(t, p.Set("freeze", "conv"))
				command = "lenet train --preset quick --activation sigmoid --epochs 1 --freeze conv --init mnist --seed 0 --reproducible "
			}
			must(t, p.Click("#train"))
			must(t, p.Wait(state+` === 'finished'`, 2*time.Minute))
			if said := eval[string](t, p, note); !strings.Contains(said, command) {
				t.Errorf("note %q, want %q", said, command)
			}
			if got := eval[string](t, p, `document.getElementById('status').dataset.workers`); got != c.workers {
				t.Errorf("%s workers", got)
			}
			if got := hash(t, p); got != c.want {
				t.Errorf("weights %s, natively %s", got, c.want)
			}
		})
	}
}

// A run whose worker dies without a word, hangs or crashes goes on and ends with the weights that
// it would have had: from its last step when a partner is left, otherwise from
// the last weights that the page has.
func TestWorkerLost(t *testing.T) {
	t.Parallel()
	const batch, epochs = 64, 12 // enough not to be finished before the worker is lost
	steps := epochs * ((6000 + batch - 1) / batch)
	want := trained(t, batch, epochs)
	for _, c := range []struct{ name, workers, kill, left, why string }{
		{"a partner", "2", `kill('training 2')`, "1", "it does not answer"},
		{"the first", "2", `kill('training 1')`, "1", "it does not answer"},
		{"the only one", "1", `kill('training 1')`, "1", "it does not answer"},
		{"the first of four", "4", `kill('training 1')`, "2", "it does not answer"},
		{"one hangs", "1", `hurt('training 1', 'hang')`, "1", "it does not answer"},
		{"one crashes", "2", `hurt('training 1', 'crash')`, "1", "Out of memory"},
		{"one runs out of memory", "2", `fill('training 1')`, "1", "out of memory"},
		{"the only one runs out of memory", "1", `fill('training 1')`, "1", "out of memory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := desktop
			v.Script = sick + spy
			p := open(t, plain, v)
			must(t, p.Set("epochs", fmt.Sprint(epochs)))
			must(t, p.Set("batch", fmt.Sprint(batch)))
			must(t, p.Set("workers", c.workers))
			must(t, p.Click("#train"))
			must(t, p.Wait(step+` > 40`, 30*time.Second))
			eval[any](t, p, `void (() => {`+c.kill+`})()`)
			must(t, p.Wait(state+` === 'finished'`, 2*time.Minute))
			if got := eval[int](t, p, step); got != steps {
				t.Errorf("%d steps, want %d", got, steps)
			}
			must(t, p.Wait(testAcc+` >= 80`, 10*time.Second)) // with the frame that follows
			if got := eval[string](t, p, `document.getElementById('status').dataset.workers`); got != c.left {
				t.Errorf("%s workers are left", got)
			}
			if note := eval[string](t, p, `document.getElementById('note').textContent`); !strings.Contains(note, c.why) {
				t.Errorf("note %q", note)
			}
			if points := eval[int](t, p, `document.querySelectorAll('#table tbody tr').length`); points != epochs {
				t.Errorf("%d rows in the table", points)
			}
			if got := hash(t, p); got != want {
				t.Errorf("weights %s, want %s", got, want)
			}
		})
	}
}

// What workers still have to say of a run that was given up changes nothing: not
// the page, not the next run. Here all they say comes late, in its order.
func TestStaleMessages(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = spy + `
		globalThis.late = { waiting: 0 };
		const set = Object.getOwnPropertyDescriptor(Worker.prototype.__proto__, 'onmessage').set;
		Object.defineProperty(Worker.prototype, 'onmessage', { set(f) {
			set.call(this, (e) => {
				if (e.data.event?.type === 'progress') late.waiting++;
				setTimeout(() => {
					if (e.data.event?.type === 'progress') late.waiting--;
					f(e);
				}, 500);
			});
		} });
		if (top === self) addEventListener('DOMContentLoaded', () => {
			globalThis.steps = [];
			new MutationObserver(() => steps.push(Number(document.getElementById('status').dataset.step)))
				.observe(document.getElementById('status'), { attributeFilter: ['data-step'] });
		});`
	p := open(t, plain, v)
	must(t, p.Set("epochs", "1"))
	must(t, p.Set("pace", "10"))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 8 && late.waiting > 0`, time.Minute))
	eval[any](t, p, `void document.getElementById('reset').click()`)
	eval[any](t, p, `void (steps.length = 0)`)
	must(t, p.Wait(`late.waiting === 0`, 10*time.Second))
	must(t, p.Wait(`document.querySelectorAll('#chart .curve').length === 0`, 10*time.Second)) // with the frame that follows
	if seen := eval[[]int](t, p, `steps.filter((n) => n > 0)`); len(seen) > 0 {
		t.Errorf("after Reset the page shows steps %v of the run", seen)
	}
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 8 && late.waiting > 0`, time.Minute))
	eval[any](t, p, `void document.getElementById('reset').click()`)
	eval[any](t, p, `void (steps.length = 0)`)
	must(t, p.Click("#train")) // at once
	must(t, p.Wait(step+` >= 12`, time.Minute))
	if seen := eval[[]int](t, p, `steps.filter((n) => n > 0)`); seen[0] > 3 || !slices.IsSorted(seen) {
		t.Errorf("the steps of the next run are %v", seen)
	}
	must(t, p.Set("pace", "full"))
	must(t, p.Wait(state+` === 'finished'`, time.Minute))
	if got, want := hash(t, p), trained(t, 32, 1); got != want {
		t.Errorf("weights %s, want %s", got, want)
	}
}

// Where not all workers can be started, the run begins with those that can.
func TestWorkerRefused(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = spy + `globalThis.refuse = (name) => ['training 2', 'training 3'].includes(name);`
	p := open(t, plain, v)
	must(t, p.Set("workers", "4"))
	must(t, p.Set("batch", "256"))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 5`, 30*time.Second))
	if got := eval[string](t, p, `document.getElementById('status').dataset.workers`); got != "2" {
		t.Errorf("%s workers", got)
	}
	if note := eval[string](t, p, `document.getElementById('note').textContent`); !strings.Contains(note, "refused") {
		t.Errorf("note %q", note)
	}
}

// The worker that predicts is replaced when it crashes, and the drawing is read again.
func TestReaderCrashes(t *testing.T) {
	t.Parallel()
	v := desktop
	v.Script = sick + spy
	p := open(t, normal, v)
	drawOne(t, p)
	eval[any](t, p, `void hurt('network', 'crash')`)
	must(t, p.Click("#tab-input"))
	must(t, p.Click("#centre")) // asks for another prediction
	must(t, p.Wait(`spied.filter((w) => w.name === 'network').length === 2`, 10*time.Second))
	must(t, p.Click("#centre"))
	must(t, p.Wait(class+` === '3' && Number(`+sure+`) > 0.9`, 20*time.Second))
}
