package zipfile

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archive has a stored file, a deflated one and an empty one, and a comment.
func archive(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, content := range []string{"stored", strings.Repeat("deflated ", 1000), ""} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: []string{"a", "dir/b", "ü"}[i], Method: []uint16{zip.Store, zip.Deflate, zip.Deflate}[i]})
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SetComment("a comment"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// same checks that what is read is what archive/zip reads, errors aside.
func same(t testing.TB, b []byte) {
	a, err := Open(b, 1000)
	if err != nil {
		return
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return // stricter than we are, with names for example
	}
	for i := range a.Files {
		got, err := a.Files[i].Read(a.Files[i].Size)
		if err != nil || i >= len(z.File) || z.File[i].Name != a.Files[i].Name {
			continue
		}
		r, err := z.File[i].Open()
		if err != nil {
			continue
		}
		if want, err := io.ReadAll(r); err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%q has %.100q, archive/zip reads %.100q", a.Files[i].Name, got, want)
		}
	}
}

func TestOpen(t *testing.T) {
	b := archive(t)
	a, err := Open(b, 3)
	if err != nil || len(a.Files) != 3 || a.Comment != "a comment" {
		t.Fatalf("%+v, %v", a, err)
	}
	if got, err := a.Files[1].Read(9000); err != nil || string(got[8990:]) != " deflated " {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := a.Files[1].Read(8); err != nil || string(got) != "deflated" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := a.Files[2].Read(0); err != nil || len(got) != 0 || a.Files[2].Name != "ü" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := a.Files[0].Read(7); err == nil {
		t.Error("more bytes than there are")
	}
	if _, err := Open(b, 2); err == nil {
		t.Error("three files where two are allowed")
	}
	files, err := filepath.Glob("../../weights/testdata/*.[np][pt]*") // also of zip64, as PyTorch writes them
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b, []byte("PK")) {
			continue
		}
		a, err := Open(b, 1000)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range a.Files {
			if _, err := a.Files[i].Read(a.Files[i].Size); err != nil {
				t.Errorf("%s, %s: %v", name, a.Files[i].Name, err)
			}
		}
		same(t, b)
	}
}

// archive/zip reads what is written.
func TestWriter(t *testing.T) {
	var w Writer
	w.Add("a.npy", []byte("one"))
	w.Add("ü", nil)
	b, err := w.Close("{}")
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(z.File) != 2 || z.Comment != "{}" || z.File[1].Name != "ü" {
		t.Fatalf("%+v, %v", z, err)
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "one" {
		t.Errorf("%q, %v", got, err)
	}
	if a, err := Open(b, 2); err != nil || a.Files[0].Name != "a.npy" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := w.Close(strings.Repeat("x", 1<<16)); err == nil {
		t.Error("a comment that is too long")
	}
}

// Damage is an error or changes no byte, and never a panic.
func TestOpenDamaged(t *testing.T) {
	good := archive(t)
	for i := range good {
		for _, bits := range []byte{1, 0x80, 0xff} {
			b := bytes.Clone(good)
			b[i] ^= bits
			same(t, b)
		}
		same(t, good[:i])
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(archive(f))
	f.Fuzz(func(t *testing.T, b []byte) { same(t, b) })
}
