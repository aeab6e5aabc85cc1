package browsertest

import (
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lenet/assets"
	"lenet/engine/safetensors"
)

const message = `document.getElementById('message').textContent`

// drop drops a file on an element of the page, or of the stage's frame.
func drop(t *testing.T, p *Page, element, name string, content []byte) {
	t.Helper()
	eval[any](t, p, fmt.Sprintf(`(() => {
		const bytes = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0));
		const on = %s;
		const files = new DataTransfer();
		files.items.add(new File([bytes], %q));
		for (const type of ['dragover', 'drop']) {
			const event = new on.ownerDocument.defaultView.DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: files });
			on.dispatchEvent(event);
			if (!event.defaultPrevented) throw new Error('the browser would open the file');
		}
	})()`, base64.StdEncoding.EncodeToString(content), element, name))
}

// Weights dropped anywhere take the network's place; the page tells the file's
// name, how far they are from those before, and what the drawing was read as
// and is now. Other files are refused, with the remedy, and nothing changes.
func TestWeights(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	before := eval[string](t, p, sure)
	says := func(want string) {
		t.Helper()
		must(t, p.Wait(fmt.Sprintf(`%s.startsWith(%q)`, message, want), 20*time.Second))
	}
	file, err := assets.Weights("mnist")
	must(t, err)
	params, err := safetensors.Decode(file)
	must(t, err)

	for name, content := range map[string][]byte{"notes.txt": []byte("not weights"), "half.safetensors": file[:len(file)/2], "empty.safetensors": {}} {
		drop(t, p, "document.body", name, content)
		says(name + " cannot be shown: not valid LeNet weights in safetensors format")
		if said := eval[string](t, p, message); !strings.Contains(said, "safetensors.torch.save_file(") {
			t.Errorf("no remedy: %q", said)
		}
		if now := eval[string](t, p, sure); now != before {
			t.Errorf("a refused file changes the answer from %s to %s", before, now)
		}
	}

	drop(t, p, "document.getElementById('stage').contentDocument.body", "same.safetensors", file)
	says("On show are the weights of same.safetensors. They are the weights that were there, to the bit.")

	bias := params.Tensor("11.bias").Data
	old := bias[8]
	bias[8] += 40 // everything is an 8
	drop(t, p, "document.body", "eight.safetensors", safetensors.Encode(params, nil))
	says("On show are the weights of eight.safetensors. They differ from those before by up to |Δ| = ")
	said := eval[string](t, p, message)
	found := regexp.MustCompile(`Δ. = ([0-9.]+), in 11.bias \(Linear\)\. What is in the pad was read as 3 \(([0-9.]+).%\), and now as 8 \(([0-9.]+).%\)\.`).FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("message %q", said)
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		must(t, err)
		return v
	}
	if d := number(found[1]); math.Abs(d-float64(bias[8]-old)) > 0.05 {
		t.Errorf("|Δ| is %v, told %v", bias[8]-old, d)
	}
	if was := eval[float64](t, p, "100 * "+before); math.Abs(number(found[2])-was) > 0.051 {
		t.Errorf("read with %v %%, told %s", was, found[2])
	}
	if is := eval[float64](t, p, "100 * Number("+sure+")"); math.Abs(number(found[3])-is) > 0.051 {
		t.Errorf("now read with %v %%, told %s", is, found[3])
	}

	// While a run goes on: a refused file leaves it alone, a good one ends it.
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'training' && `+step+` > 5`, 20*time.Second))
	drop(t, p, "document.body", "notes.txt", []byte("not weights"))
	says("notes.txt cannot be shown: not valid")
	at := eval[int](t, p, step)
	must(t, p.Wait(fmt.Sprintf(`%s > %d`, step, at), 10*time.Second))
	drop(t, p, "document.body", "again.safetensors", file)
	says("On show are the weights of again.safetensors.")
	must(t, p.Wait(state+` === 'idle' && `+sure+` === '`+before+`'`, 10*time.Second))

	// What Share saves can be taken in again, by its menu too.
	saves(t, p)
	must(t, p.Click("#share"))
	must(t, p.Click("[data-save=weights]"))
	got, err := safetensors.Decode(saved(t, p, "lenet.safetensors"))
	must(t, err)
	want, err := safetensors.Decode(file)
	must(t, err)
	if got.Config != want.Config || !slices.Equal(got.Data, want.Data) {
		t.Error("the weights saved are not those loaded")
	}
	if said := eval[string](t, p, note); said != "On show are the weights of again.safetensors. Train begins a new network, from random weights." {
		t.Errorf("note %q", said)
	}
	must(t, p.Set("dataset", "fashion"))
	must(t, p.Wait(sure+` !== '`+before+`'`, 20*time.Second))
	eval[any](t, p, `(() => {
		const files = new DataTransfer();
		files.items.add(new File([saved.get('lenet.safetensors')], 'mine.safetensors'));
		const input = document.getElementById('file');
		input.files = files.files;
		input.dispatchEvent(new Event('change'));
	})()`)
	says("On show are the weights of mine.safetensors.")
	must(t, p.Wait(sure+` === '`+before+`'`, 10*time.Second))
}

// saves keeps what the page would have the browser save, by name.
func saves(t *testing.T, p *Page) {
	t.Helper()
	eval[any](t, p, `(() => {
		globalThis.saved = new Map();
		const blobs = new Map();
		const create = URL.createObjectURL;
		URL.createObjectURL = (blob) => {
			const url = create(blob);
			blobs.set(url, blob);
			return url;
		};
		HTMLAnchorElement.prototype.click = function () { saved.set(this.download, blobs.get(this.href)); };
	})()`)
}

// saved waits for a file that the page saves and returns its content.
func saved(t *testing.T, p *Page, name string) []byte {
	t.Helper()
	must(t, p.Wait(fmt.Sprintf(`saved.has(%q)`, name), 20*time.Second))
	eval[any](t, p, fmt.Sprintf(`(() => {
		globalThis.content = '';
		const reader = new FileReader();
		reader.onload = () => (content = reader.result);
		reader.readAsDataURL(saved.get(%q));
	})()`, name))
	must(t, p.Wait(`content`, 10*time.Second))
	_, encoded, _ := strings.Cut(eval[string](t, p, `content`), ",")
	data, err := base64.StdEncoding.DecodeString(encoded)
	must(t, err)
	return data
}
