package browsertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"lenet/engine"
	"lenet/engine/dataset/own"
	"lenet/engine/pen"
	"lenet/engine/picture/decode"
	"lenet/engine/safetensors"
)

// signs returns a data set of three signs, each drawn so often to learn from and
// half as often to test, all a little different.
func signs(t *testing.T, n int) *own.Data {
	t.Helper()
	shapes := []pen.Drawing{
		{{{X: 6, Y: 24}, {X: 6, Y: 12}, {X: 14, Y: 4}, {X: 22, Y: 12}, {X: 22, Y: 24}, {X: 6, Y: 24}}},
		{{{X: 4, Y: 14}, {X: 11, Y: 23}, {X: 24, Y: 5}}},
		{{{X: 8, Y: 4}, {X: 8, Y: 24}}, {{X: 20, Y: 4}, {X: 8, Y: 14}, {X: 20, Y: 24}}},
	}
	rng := rand.New(rand.NewPCG(5, 6))
	d := &own.Data{Name: "signs", Classes: []string{"house", "✓", "K"}}
	for i := range 3 * (n + n/2) {
		label := i % len(shapes)
		var drawing pen.Drawing
		for _, stroke := range shapes[label] {
			var s pen.Stroke
			for _, p := range stroke {
				s = append(s, pen.Point{X: p.X + 4*rng.Float64() - 2, Y: p.Y + 4*rng.Float64() - 2})
			}
			drawing = append(drawing, s)
		}
		img, _ := pen.Render(drawing, pen.Options{})
		set, drawings := &d.Train, &d.TrainDrawings
		if i >= 3*n {
			set, drawings = &d.Test, &d.TestDrawings
		}
		set.Images = append(set.Images, img[:]...)
		set.Labels = append(set.Labels, byte(label))
		*drawings = append(*drawings, drawing)
	}
	return d
}

// dropPaths drops files and folders of this machine on the page, as from a file manager.
func dropPaths(t *testing.T, p *Page, paths ...string) {
	t.Helper()
	for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		_, err := chromedp.Call(p.ctx, input.DispatchDragEvent, input.DispatchDragEventParams{
			Type: kind, X: 300, Y: 20, Data: &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1},
		})
		must(t, err)
	}
}

// A data set of one's own, dropped on the page in every form that the program
// writes, is one there: the same pixels, the form's choice at once, and told in
// one sentence. What is none is refused with its name and the remedy.
func TestDropSets(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	d := signs(t, 20)
	dir := t.TempDir()
	dropped := map[string][]string{}
	for _, form := range own.Forms() {
		var tops []string
		must(t, d.Export(form, "signs"+map[string]string{"npz": ".npz", "csv": ".csv", "strokes": ".json"}[form], func(path string, content []byte) error {
			at := filepath.Join(dir, form, path)
			top := at
			if form == "idx" || form == "png" {
				top = filepath.Join(dir, form, "signs")
			}
			if len(tops) == 0 || tops[len(tops)-1] != top {
				tops = append(tops, top)
			}
			return keep(at, content)
		}))
		dropped[form] = tops
		name, content, err := d.Pack(form, "packed")
		must(t, err)
		if filepath.Ext(name) == ".zip" {
			at := filepath.Join(dir, "zip", name)
			must(t, keep(at, content))
			dropped[form+" in a zip"] = []string{at}
		}
	}
	for form, paths := range dropped {
		var src own.Source
		if len(paths) == 1 {
			src = own.Source{FS: os.DirFS(filepath.Dir(paths[0])), Path: filepath.Base(paths[0])}
		} else {
			src = own.Source{FS: os.DirFS(filepath.Dir(paths[0])), Path: "."}
		}
		want, err := own.Read(src, own.Options{Picture: decode.RGBA})
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		eval[any](t, p, `void delete document.getElementById('message').dataset.sha256`)
		dropPaths(t, p, paths...)
		if err := p.Wait(`document.getElementById('message').dataset.sha256`, 30*time.Second); err != nil {
			t.Errorf("%s: %v; the page says %s", form, err, eval[string](t, p, message))
			continue
		}
		if err := p.Wait(message+`.includes('3 classes, 60 images to learn from, 30 to test on.')`, 20*time.Second); err != nil {
			t.Errorf("%s: the page says %s", form, eval[string](t, p, message))
		}
		if got := eval[string](t, p, `document.getElementById('message').dataset.sha256`); got != want.SHA256 {
			t.Errorf("%s: the pixels' SHA-256 is %s, the program has %s", form, got, want.SHA256)
		}
		if chosen := eval[string](t, p, `document.getElementById('dataset').value + ' ' + document.getElementById('from').value`); chosen != want.Name+" shown" {
			t.Errorf("%s: %s is chosen, not %s", form, chosen, want.Name)
		}
		if read := eval[string](t, p, class); read == "" {
			t.Errorf("%s: the network on show is gone", form)
		}
	}
	if n := eval[int](t, p, `document.getElementById('dataset').options.length`); n != 3 {
		t.Errorf("%d data sets can be chosen, of which one was dropped last", n)
	}

	must(t, keep(filepath.Join(dir, "none.npz"), []byte("no arrays")))
	dropPaths(t, p, filepath.Join(dir, "none.npz"))
	must(t, p.Wait(message+`.startsWith('none.npz cannot be read as a data set: ')`, 20*time.Second))
}

// keep writes a file and the folders that it lies in.
func keep(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

const heads = `JSON.stringify([...document.querySelectorAll('#bars .name')].map((e) => e.textContent))`

// Three signs of one's own are learned from the network on show, with its
// convolutions frozen, to the bit; the run is there again after a reload, with its
// images, and goes on. Its weights bring the names of the classes along, and Reset
// brings the network back that it started from.
func TestOwnSet(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	digit := eval[string](t, p, sure)
	saves(t, p)
	weights := func() *engine.Params {
		t.Helper()
		eval[any](t, p, `void saved.clear()`)
		must(t, p.Click("#share"))
		must(t, p.Click("[data-save=weights]"))
		file := saved(t, p, "lenet.safetensors")
		must(t, p.Click("#share"))
		params, meta, err := safetensors.DecodeMeta(file)
		must(t, err)
		if want := `["house","✓","K"]`; params.Config.NumClasses() == 3 && meta["classes"] != want {
			t.Errorf("the file's classes are %s, not %s", meta["classes"], want)
		}
		return params
	}
	before := weights()

	path := filepath.Join(t.TempDir(), "signs.npz")
	must(t, signs(t, 20).Export("npz", path, keep))
	dropPaths(t, p, path)
	must(t, p.Wait(`document.getElementById('dataset').value === 'signs.npz'`, 30*time.Second))
	if now := eval[string](t, p, sure); now != digit {
		t.Errorf("before training the network reads %s, not %s", now, digit)
	}
	must(t, p.Wait(`document.querySelector('#samples .score').textContent.startsWith('No readings')`, 20*time.Second))
	must(t, p.Set("freeze", "conv"))
	must(t, p.Set("epochs", "40"))
	must(t, p.Click("#train"))
	must(t, p.Wait(step+` > 80`, time.Minute))
	must(t, p.Click("#pause"))
	must(t, p.Wait(state+` === 'paused'`, 10*time.Second))
	if got := eval[string](t, p, heads); got != `["house","✓","K"]` {
		t.Errorf("the bars are of %s", got)
	}
	after := weights()
	if !bytes.Equal(bits(before, 4), bits(after, 4)) {
		t.Error("the convolutions are not those of the network that the run started from")
	}
	if bytes.Equal(bits(before, 6), bits(after, 6)) {
		t.Error("the first linear layer has not learned")
	}

	at := eval[int](t, p, step)
	stored(t, p, at)
	reload(t, p)
	must(t, p.Wait(fmt.Sprintf(`%s === 'paused' && %s === %d`, state, step, at), 20*time.Second))
	must(t, p.Set("epochs", fmt.Sprint(at/64+2))) // 34 copies of 60 images are 64 steps
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished'`, time.Minute))
	if acc := eval[string](t, p, note); !bytes.Contains([]byte(acc), []byte("test acc 100.0")) {
		t.Errorf("it ends with %s", acc)
	}
	must(t, p.Click("#tab-mistakes"))
	must(t, p.Wait(`document.querySelectorAll('#mistakes [data-cell]').length === 9 && document.querySelector('#mistakes .score').textContent === '100.0\u00a0% of 30 right'`, 20*time.Second))

	saves(t, p)
	file := func() []byte {
		must(t, p.Click("#share"))
		must(t, p.Click("[data-save=weights]"))
		return saved(t, p, "lenet.safetensors")
	}()
	must(t, p.Click("#reset"))
	must(t, p.Wait(class+` !== ''`, 20*time.Second))
	must(t, p.Wait(`document.querySelectorAll('#bars li').length === 10`, 20*time.Second))
	drop(t, p, "document.body", "learned.safetensors", file)
	must(t, p.Wait(heads+` === '["house","✓","K"]' && document.querySelector('#mistakes .score').textContent.includes('30 right')`, 20*time.Second))
}

// bits returns the values of the first n tensors.
func bits(p *engine.Params, n int) []byte {
	var b []byte
	for _, t := range p.Tensors()[:n] {
		b = fmt.Append(b, t.Data)
	}
	return b
}
