package browsertest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"lenet/engine/weights"
)

// sevenPicture draws a 7 of dark ink on white paper, on one side and small.
func sevenPicture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for i := range m.Pix {
		m.Pix[i] = 250
	}
	ink := func(x, y int) {
		for dx := -7; dx <= 7; dx++ {
			for dy := -7; dy <= 7; dy++ {
				m.Set(x+dx, y+dy, color.RGBA{40, 40, 60, 255})
			}
		}
	}
	for i := range 100 {
		ink(40+i, 60)
		ink(140-i/2, 60+3*i/2)
	}
	return m
}

// A picture goes into the network as lenet predict reads it, whether it is
// dropped, pasted or chosen. A blank one and what is none are refused in a sentence.
func TestPictures(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	seven := sevenPicture()
	var asPNG, asJPEG, blank bytes.Buffer
	must(t, png.Encode(&asPNG, seven))
	must(t, jpeg.Encode(&asJPEG, seven, nil))
	must(t, png.Encode(&blank, image.NewGray(image.Rect(0, 0, 50, 50))))

	drop(t, p, "document.body", "seven.png", asPNG.Bytes())
	must(t, p.Wait(class+` === '7' && `+message+`.startsWith('The pad shows seven.png,')`, 20*time.Second))
	must(t, p.Click("#undo"))
	must(t, p.Wait(class+` === ''`, 10*time.Second))

	give(t, p, "paste", "image.jpg", asJPEG.Bytes())
	must(t, p.Wait(class+` === '7' && `+message+`.startsWith('The pad shows image.jpg,')`, 20*time.Second))
	must(t, p.Click("#clear"))
	must(t, p.Wait(class+` === ''`, 10*time.Second))

	give(t, p, "choose", "chosen.png", asPNG.Bytes())
	must(t, p.Wait(class+` === '7' && `+message+`.startsWith('The pad shows chosen.png,')`, 20*time.Second))

	drop(t, p, "document.body", "blank.png", blank.Bytes())
	must(t, p.Wait(message+` === 'blank.png cannot be used: it shows nothing but background.'`, 20*time.Second))
	drop(t, p, "document.body", "broken.jpg", asJPEG.Bytes()[:100])
	must(t, p.Wait(message+`.startsWith('broken.jpg cannot be used: this browser cannot read it as a picture')`, 20*time.Second))
	must(t, p.Wait(`document.querySelector('.labels').textContent.includes('used as it is')`, 10*time.Second)) // not as in the test set
	if now := eval[string](t, p, class); now != "7" {
		t.Errorf("after pictures that were refused the pad is read as %q", now)
	}
}

// give pastes a file into the page, or chooses it in the page's menu.
func give(t *testing.T, p *Page, how, name string, content []byte) {
	t.Helper()
	eval[any](t, p, fmt.Sprintf(`(() => {
		const files = new DataTransfer();
		files.items.add(new File([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))], %q));
		if (%q === 'paste') document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: files }));
		else {
			const input = document.getElementById('file');
			input.files = files.files;
			input.dispatchEvent(new Event('change'));
		}
	})()`, base64.StdEncoding.EncodeToString(content), name, how))
}

// Weights of other programs are dropped like the program's own; the page says
// what the file does not. NumPy's and torch.save's archives, which the page does
// not read, are named, with the remedy.
func TestWeightsOfOthers(t *testing.T) {
	t.Parallel()
	p := open(t, plain, desktop)
	for _, name := range []string{"conv1-fc1-names.safetensors", "dtype-f16.safetensors"} {
		file, err := os.ReadFile("../../engine/weights/testdata/" + name)
		must(t, err)
		f, err := weights.Decode(file)
		must(t, err)
		drop(t, p, "document.body", name, file)
		must(t, p.Wait(message+`.startsWith('You see the network of `+name+`.')`, 20*time.Second))
		said := eval[string](t, p, message)
		for _, assumed := range f.Assumed {
			want := map[string]string{"activation": "Activation: the file does not say; Sigmoid is assumed.", "pooling": "Pooling: the file does not say; Average is assumed."}[assumed]
			if !strings.Contains(said, want) {
				t.Errorf("%s: %q does not say that %s is assumed", name, said, assumed)
			}
		}
		if len(f.Assumed) == 0 {
			t.Errorf("%s assumes nothing", name)
		}
	}
	for _, name := range []string{"half.pt", "float64.npz"} {
		file, err := os.ReadFile("../../engine/weights/testdata/" + name)
		must(t, err)
		drop(t, p, "document.body", name, file)
		must(t, p.Wait(message+`.includes('`+name+`') && `+message+`.includes('make a .safetensors file of it with lenet convert')`, 20*time.Second))
	}
}
