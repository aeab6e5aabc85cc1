package browsertest

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lenet/assets"
	"lenet/engine/runlog"
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
		says(name + " cannot be loaded: not valid LeNet weights in safetensors format")
		if said := eval[string](t, p, message); !strings.Contains(said, "safetensors.torch.save_file(") {
			t.Errorf("no remedy: %q", said)
		}
		if now := eval[string](t, p, sure); now != before {
			t.Errorf("a refused file changes the answer from %s to %s", before, now)
		}
	}

	drop(t, p, "document.getElementById('stage').contentDocument.body", "same.safetensors", file)
	says("You see the network of same.safetensors. Its weights equal the previous ones, bit for bit.")

	bias := params.Tensor("11.bias").Data
	old := bias[8]
	bias[8] += 40 // everything is an 8
	drop(t, p, "document.body", "eight.safetensors", safetensors.Encode(params, nil))
	says("You see the network of eight.safetensors. Its weights differ from the previous ones by up to |Δ| = ")
	said := eval[string](t, p, message)
	found := regexp.MustCompile(`Δ. = ([0-9.]+), in 11.bias \(Linear\)\. The previous network read your drawing as 3 \((.+)\), this one as 8 \((.+)\)\.`).FindStringSubmatch(said)
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
	if was := inWords(eval[float64](t, p, "Number("+before+")")); found[2] != was {
		t.Errorf("read with %s, it says %s", was, found[2])
	}
	if is := inWords(eval[float64](t, p, "Number("+sure+")")); found[3] != is {
		t.Errorf("now read with %s, it says %s", is, found[3])
	}

	// While a run goes on: a refused file leaves it alone, a good one ends it.
	must(t, p.Set("epochs", long))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'training' && `+step+` > 5`, 20*time.Second))
	drop(t, p, "document.body", "notes.txt", []byte("not weights"))
	says("notes.txt cannot be loaded: not valid")
	at := eval[int](t, p, step)
	must(t, p.Wait(fmt.Sprintf(`%s > %d`, step, at), 10*time.Second))
	drop(t, p, "document.body", "again.safetensors", file)
	says("You see the network of again.safetensors.")
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
	if said := eval[string](t, p, note); said != "You see the network of again.safetensors. “Train” replaces it by a new one that knows nothing yet, with the chosen settings. The network shown has Sigmoid; “Train” begins one with Tanh." {
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
	says("You see the network of mine.safetensors.")
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

// The files that Share saves hold what is on show: the curves as numbers and as
// pictures, and the drawing.
func TestExports(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	drawOne(t, p)
	must(t, p.Set("epochs", "2"))
	must(t, p.Click("#train"))
	must(t, p.Wait(state+` === 'finished'`, time.Minute))
	must(t, p.Wait(`document.querySelectorAll('#chart .curve.test ~ circle.test, #chart circle.test').length === 2`, 10*time.Second))
	saves(t, p)
	must(t, p.Click("#share"))
	for _, what := range []string{"csv", "svg", "png", "drawing"} {
		must(t, p.Click("[data-save="+what+"]"))
	}

	rows, err := csv.NewReader(bytes.NewReader(saved(t, p, "curves.csv"))).ReadAll()
	must(t, err)
	if len(rows) != 1+1+2*10 || !slices.Equal(rows[0], []string{"epoch", "train_loss", "train_acc", "test_acc", "tenth_loss", "tenth_acc"}) { // before training, then ten an epoch
		t.Fatalf("%d rows, the first %q", len(rows), rows[0])
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		must(t, err)
		return v
	}
	var tests []float64 // of the epochs
	for i, row := range rows[1:] {
		if epoch := number(row[0]); math.Abs(epoch-float64(i)/10) > 0.02 {
			t.Errorf("point %d is at epoch %v", i, epoch)
		}
		if row[3] != "" {
			tests = append(tests, number(row[3]))
		}
	}
	shown := eval[[]float64](t, p, `[...document.querySelectorAll('#table tbody tr')].map((r) => parseFloat(r.cells[3].textContent))`)
	if len(tests) != 2 || len(shown) != 2 || math.Abs(100*tests[0]-shown[0]) > 0.051 || math.Abs(100*tests[1]-shown[1]) > 0.051 {
		t.Errorf("test accuracies %v, the table has %v", tests, shown)
	}
	last := rows[len(rows)-1]
	if loss := eval[float64](t, p, `Number(document.getElementById('train-loss').textContent)`); math.Abs(number(last[1])-loss) > 6e-4 {
		t.Errorf("the last loss is %s, the legend says %v", last[1], loss)
	}

	// In the picture the axes' labels tell where a number lies.
	var svg struct {
		Width  float64 `xml:"width,attr"`
		Height float64 `xml:"height,attr"`
		Paths  []struct {
			D      string `xml:"d,attr"`
			Stroke string `xml:"stroke,attr"`
		} `xml:"path"`
		Texts []struct {
			Y      float64 `xml:"y,attr"`
			Anchor string  `xml:"text-anchor,attr"`
			Text   string  `xml:",chardata"`
		} `xml:"text"`
	}
	must(t, xml.Unmarshal(saved(t, p, "curves.svg"), &svg))
	level := func(label, anchor string) float64 {
		for _, e := range svg.Texts {
			if e.Text == label && e.Anchor == anchor {
				return e.Y - 4
			}
		}
		t.Fatalf("no label %q in %+v", label, svg.Texts)
		return 0
	}
	hundred, zero := level("100 %", "start"), level("0", "start")
	color := eval[string](t, p, `getComputedStyle(document.querySelector('#chart .curve.acc')).stroke`)
	var curve string
	for _, path := range svg.Paths {
		if path.Stroke == color && strings.Count(path.D, "L") == len(rows)-2 {
			curve = path.D
		}
	}
	points := strings.Split(strings.TrimPrefix(curve, "M"), "L")
	if len(points) != len(rows)-1 {
		t.Fatalf("no curve of %d points in %s", len(rows)-1, color)
	}
	var x, y float64
	for i, point := range points {
		_, err := fmt.Sscan(point, &x, &y)
		must(t, err)
		if acc := (zero - y) / (zero - hundred); math.Abs(acc-number(rows[1+i][5])) > 3e-3 {
			t.Errorf("point %d: accuracy %v in the picture, %s in the numbers", i, acc, rows[1+i][5])
		}
	}

	image, err := png.Decode(bytes.NewReader(saved(t, p, "curves.png")))
	must(t, err)
	if b := image.Bounds(); math.Abs(float64(b.Dx())-2*svg.Width) > 2 || math.Abs(float64(b.Dy())-2*svg.Height) > 2 {
		t.Errorf("a picture of %v of a drawing of %v by %v", b, svg.Width, svg.Height)
	}
	var want [3]uint32
	_, err = fmt.Sscanf(color, "rgb(%d, %d, %d)", &want[0], &want[1], &want[2])
	must(t, err)
	found := false // the colour of the curve at its last point
	for dx := -3; dx <= 3; dx++ {
		for dy := -3; dy <= 3; dy++ {
			r, g, b, _ := image.At(int(2*x)+dx, int(2*y)+dy).RGBA()
			found = found || near(r>>8, want[0]) && near(g>>8, want[1]) && near(b>>8, want[2])
		}
	}
	if !found {
		t.Errorf("no %s at %v, %v of the picture", color, 2*x, 2*y)
	}

	drawing, err := png.Decode(bytes.NewReader(saved(t, p, "drawing.png")))
	must(t, err)
	if b := drawing.Bounds(); b.Dx() != 280 || b.Dy() != 280 {
		t.Fatalf("the drawing is %v", b)
	}
	bright := func(x, y float64) bool { r, _, _, _ := drawing.At(int(10*x), int(10*y)).RGBA(); return r > 0x8000 }
	for _, s := range digits(t, 1)[3].Drawing {
		if q := s[len(s)/2]; !bright(q.X, q.Y) {
			t.Errorf("no ink at %v", q)
		}
	}
	if bright(1, 1) {
		t.Error("ink in the corner")
	}
}

func near(a, b uint32) bool { return a+8 > b && b+8 > a }

// A log that lenet train wrote, dropped on the page, lies behind its curves:
// its points and the name. What is no log is refused, with the remedy.
func TestLogs(t *testing.T) {
	t.Parallel()
	p := open(t, normal, desktop)
	number := func(v float64) *float64 { return &v }
	lines := []any{runlog.Start{Event: "start"}}
	table := "event,epoch,step,examples,lr,loss,train_acc,test_loss,test_acc,train_sec,examples_per_sec\n"
	for i := range 10 {
		s := runlog.Step{Event: "step", Epoch: float64(i+1) / 5, Step: i + 1, Loss: number(2 / float64(i+1)), TrainAcc: number(float64(i) / 10)}
		lines = append(lines, s)
		table += fmt.Sprintf("step,%v,%d,,0.1,%v,%v,,,,\n", s.Epoch, s.Step, *s.Loss, *s.TrainAcc)
		if i%5 == 4 {
			lines = append(lines, runlog.Epoch{Event: "epoch", Epoch: (i + 1) / 5, Loss: number(1), TrainAcc: number(0.5), TestAcc: number(0.6)})
			table += fmt.Sprintf("epoch,%d,%d,,0.1,1,0.5,1,0.6,,\n", (i+1)/5, i+1)
		}
	}
	var text []byte
	for _, l := range lines {
		line, err := json.Marshal(l)
		must(t, err)
		text = append(append(text, line...), '\n')
	}
	for name, content := range map[string]string{"run.jsonl": string(text) + `{"event":"step","ep`, "run.csv": table} {
		drop(t, p, "document.body", name, []byte(content))
		must(t, p.Wait(fmt.Sprintf(`%s === 'The dashed curves are those of %s.' && document.querySelector('#legend .before:last-child')?.textContent.includes(%q)`, message, name, name), 20*time.Second))
		must(t, p.Wait(`document.querySelectorAll('#chart path.pale').length === 2 * document.querySelectorAll('#legend .before').length`, 10*time.Second))
		for curve, want := range map[string]int{"loss": 12, "test": 2} {
			if n := eval[int](t, p, `[...document.querySelectorAll('#chart path.pale.`+curve+`')].at(-1).getAttribute('d').split('L').length`); n != want {
				t.Errorf("%s: %d points of %s, want %d", name, n, curve, want)
			}
		}
	}
	for content, reason := range map[string]string{"{\"event\":\"start\"}\nnonsense\n": "line 2 does not come", "a,b\n1,2\n": "line 1 does not come", "{}\n": "it has neither steps"} {
		drop(t, p, "document.body", "bad.jsonl", []byte(content))
		must(t, p.Wait(fmt.Sprintf(`%s.startsWith('bad.jsonl is no log of a run: ') && %[1]s.includes(%q) && %[1]s.includes('lenet train --log run.jsonl')`, message, reason), 20*time.Second))
	}
}

// inWords is a probability as the page says it: never 100 %.
func inWords(p float64) string {
	if p >= 0.9995 {
		return "more than 99.9\u00a0%"
	}
	return fmt.Sprintf("%.1f\u00a0%%", 100*p)
}
