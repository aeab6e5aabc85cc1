package files

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
	"lenet/engine/dataset/own"
	"lenet/wasm/internal/nodetest"
	"lenet/wasm/protocol"
)

// The page's Files, with the engine as WebAssembly, read each format to the pixels
// that the program has, write what is read back, and prepare the same sets.
func TestPage(t *testing.T) {
	wasm := filepath.Join(t.TempDir(), "worker-scalar.wasm")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", wasm, "lenet/wasm/cmd/worker")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=nosimd,nojsonv2")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	page, err := filepath.Abs("../page")
	if err != nil {
		t.Fatal(err)
	}
	e := drawings(t, []string{"house", "✓", "K"}, 6, 1, false)
	var input struct {
		At     map[string]string
		Drops  []map[string]string // the files' content by path, in base64
		Forms  []string
		Broken string
	}
	input.At = map[string]string{"wasm": wasm, "exec": filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"), "page": page}
	input.Forms = own.Forms()
	var want []protocol.Dataset
	for _, all := range []memory{exported(t, e, "strokes", "a.json"), exported(t, e, "npz", "a.npz"), exported(t, e, "csv", "a.csv"), exported(t, e, "idx", "set"), exported(t, e, "png", "set"), pictures(t)} {
		drop := map[string]string{}
		for name, b := range all {
			drop[name] = base64.StdEncoding.EncodeToString(b)
		}
		input.Drops = append(input.Drops, drop)
		d, err := dropped(t, all)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, d)
	}
	type set struct {
		Name, Format, SHA256 string
		Classes              []string
		Labels               []int
		Tests                int
		Strokes              bool
	}
	var got struct {
		Read     []set
		Written  map[string]set
		Train    string // SHA-256 of the prepared images, in hexadecimal
		Test     string
		Held     []int
		Epochs   int
		Progress int
		Errors   []string
		Fetched  int
	}
	nodetest.Ask(t, `import { open } from './testdata/page.mjs'; import { createHash } from 'node:crypto';`, `
		let progress = 0;
		const { Files, fetched } = await open(input.At);
		const files = new Files(() => progress++);
		const short = ({ images, labels, strokes, sha256, ...set }) => ({ ...set, sha256, labels: [...labels], strokes: !!strokes });
		const sum = (b) => createHash('sha256').update(b).digest('hex');
		const all = await Promise.all(input.Drops.map((drop) => files.read(Object.entries(drop).map(([path, b]) => ({ path, bytes: new Uint8Array(Buffer.from(b, 'base64')) })))));
		const written = {};
		for (const form of input.Forms) {
			const { name, data } = await files.write(form, all[0]);
			written[form] = short(await files.read([{ path: name, bytes: data }]));
		}
		const p = await files.prepare({ ...all[0], share: 0.5, seed: 7 });
		const errors = [];
		const failed = (e) => errors.push(e.message);
		await files.read([{ path: 'a/b', bytes: new Uint8Array([1]) }, { path: 'a/b', bytes: new Uint8Array([1]) }]).catch(failed);
		const again = short(await files.read([{ path: 'x.zip', bytes: (await files.write('png', all[1])).data }]));
		const reading = files.read([{ path: 'a.json', bytes: new Uint8Array([91]) }]).catch(failed);
		await new Promise((resolve) => setTimeout(resolve)); // the question is on its way
		files.close();
		await reading;
		return { read: [...all.map(short), again], written, train: sum(p.train.images), test: sum(p.test.images), held: p.held, epochs: p.recipe.epochs, progress, errors, fetched: fetched() };
	`, input, &got)
	same := func(name string, got set, want protocol.Dataset) {
		t.Helper()
		labels := make([]int, len(want.Labels))
		for i, l := range want.Labels {
			labels[i] = int(l)
		}
		if got.SHA256 != want.SHA256 || got.Tests != want.Tests || got.Strokes != (want.Drawings != nil) || !slices.Equal(got.Classes, want.Classes) || !slices.Equal(got.Labels, labels) {
			t.Errorf("%s is %+v, want %q, %d tests, %s", name, got, want.Classes, want.Tests, want.SHA256)
		}
	}
	for i, w := range want {
		same(w.Name, got.Read[i], w)
	}
	for form, s := range got.Written {
		w := handle[protocol.Written](t, &Files{}, protocol.Write{Form: form, Name: "mine", Examples: want[0].Examples})
		d, err := dropped(t, memory{w.Name: w.Data})
		if err != nil {
			t.Fatal(err)
		}
		same(form, s, d)
	}
	p := handle[protocol.Prepared](t, &Files{}, protocol.Prepare{Examples: want[0].Examples, Share: 0.5, Seed: 7})
	sum := func(b []byte) string { return (&own.Data{Train: engine.Set{Images: b}}).Sum() }
	if got.Train != sum(p.Images) || got.Test != sum(p.TestImages) || !slices.Equal(got.Held, p.Held) || got.Epochs != p.Recipe.Epochs {
		t.Errorf("prepared is %s and %s, held out %v", got.Train, got.Test, got.Held)
	}
	if got.Progress == 0 || got.Fetched != 1 || len(got.Errors) != 2 || !strings.Contains(got.Errors[0], "two files have this name") || !strings.Contains(got.Errors[1], "given up") {
		t.Errorf("%d reports of progress, the engine fetched %d times, %q", got.Progress, got.Fetched, got.Errors)
	}
}
