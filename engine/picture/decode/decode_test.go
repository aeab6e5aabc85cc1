package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lenet/engine"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The same three in every format is nearly the same image.
func TestRead(t *testing.T) {
	want, err := Read(file(t, "three.png"), true)
	if err != nil {
		t.Fatal(err)
	}
	for name, most := range map[string]float64{
		"three.jpg": 3, "three.gif": 3, "exif-orientation-6.jpg": 3, "white-on-transparent.png": 25, "framed.png": 6, "hairline-1000px.png": 25,
	} {
		got, err := Read(file(t, name), true)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := differ(got, want); d > most {
			t.Errorf("%s: grey levels differ by %.1f on average", name, d)
		}
	}
}

func differ(a, b [engine.Pixels]byte) float64 {
	sum := 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += max(d, -d)
	}
	return sum / float64(len(a))
}

// A picture that any camera turned is the same picture: each of the eight
// orientations of EXIF.
func TestOrientation(t *testing.T) {
	const w, h = 48, 32
	upright := image.NewGray(image.Rect(0, 0, w, h))
	for i := range upright.Pix {
		x, y := i%w, i/w
		upright.Pix[i] = 255
		if x >= 8 && x < 16 && y >= 4 && y < 28 || y >= 20 && y < 28 && x >= 8 && x < 40 { // an L
			upright.Pix[i] = 0
		}
	}
	var want [engine.Pixels]byte
	for o := 1; o <= 8; o++ {
		stored := image.NewGray(image.Rect(0, 0, w, h))
		if o >= 5 {
			stored = image.NewGray(image.Rect(0, 0, h, w))
		}
		// Where the upright picture's pixels lie in the stored one, by TIFF 6.0's words.
		for y := range h {
			for x := range w {
				at := map[int]image.Point{
					1: {x, y}, 2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
					5: {y, x}, 6: {y, w - 1 - x}, 7: {h - 1 - y, w - 1 - x}, 8: {h - 1 - y, x},
				}[o]
				stored.SetGray(at.X, at.Y, upright.GrayAt(x, y))
			}
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			var b bytes.Buffer
			if err := jpeg.Encode(&b, stored, &jpeg.Options{Quality: 100}); err != nil {
				t.Fatal(err)
			}
			tiff := []byte("II*\x00\x08\x00\x00\x00")
			if order == binary.BigEndian {
				tiff = []byte("MM\x00*\x00\x00\x00\x08")
			}
			u16 := func(v int) { tiff = append(tiff, 0, 0); order.PutUint16(tiff[len(tiff)-2:], uint16(v)) }
			for _, v := range []int{1, 0x0112, 3} {
				u16(v)
			}
			tiff = append(tiff, 0, 0, 0, 0)
			order.PutUint32(tiff[len(tiff)-4:], 1)
			u16(o)
			u16(0)
			segment := append([]byte("Exif\x00\x00"), tiff...)
			head := append([]byte{0xff, 0xd8, 0xff, 0xe1}, byte((len(segment)+2)>>8), byte(len(segment)+2))
			got, err := Read(slices.Concat(head, segment, b.Bytes()[2:]), true)
			if err != nil {
				t.Fatal(err)
			}
			if o == 1 {
				want = got
			}
			if d := differ(got, want); d > 1 {
				t.Errorf("orientation %d, %v: grey levels differ by %.1f on average", o, order, d)
			}
		}
	}
}

// What is no picture that is read is named, and too many pixels are refused
// before they are unpacked.
func TestReadRefuses(t *testing.T) {
	var large bytes.Buffer
	if err := png.Encode(&large, image.NewPaletted(image.Rect(0, 0, 4097, 4097), color.Palette{color.Black, color.White})); err != nil {
		t.Fatal(err)
	}
	claims := slices.Clone(file(t, "three.png"))
	binary.BigEndian.PutUint32(claims[16:], 4000)
	binary.BigEndian.PutUint32(claims[20:], 4000)
	binary.BigEndian.PutUint32(claims[29:], crc32.ChecksumIEEE(claims[12:29]))
	bmp := file(t, "three.bmp") // run-length encoded
	wide := slices.Clone(bmp)
	binary.LittleEndian.PutUint32(wide[18:], 1<<20)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"16 megapixels and more":  {large.Bytes(), "16777216: scale the picture down"},
		"more pixels than bytes":  {claims, "cannot be in"},
		"run-length encoded BMP":  {bmp, "BMP picture of a kind that is not read"},
		"wide BMP":                {wide, "BMP"},
		"WebP":                    {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), "WebP picture: convert it to PNG"},
		"HEIC":                    {[]byte("\x00\x00\x00\x18ftypheic\x00\x00"), "HEIC picture"},
		"TIFF":                    {[]byte("II*\x00\x08\x00\x00\x00"), "TIFF"},
		"SVG":                     {[]byte("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "SVG"},
		"web page":                {[]byte("<!DOCTYPE html>"), "web page"},
		"empty":                   {nil, "empty"},
		"PDF":                     {[]byte("%PDF-1.4\n%\xe2\xe3"), "PDF"},
		"bytes that nobody knows": {[]byte{1, 2, 3, 250, 4, 5}, "neither a PNG"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(c.file, true)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err == nil || !strings.Contains(err.Error(), c.want) || took > 8<<20 {
			t.Errorf("%s: %v with %d bytes of memory, want %q", name, err, took, c.want)
		}
	}
	if _, err := Read(nil, true); !errors.Is(err, ErrFormat) {
		t.Errorf("%v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"three.png", "three.jpg", "three.gif", "three.bmp", "exif-orientation-6.jpg", "framed.png", "white-on-transparent.png"} {
		f.Add(file(f, name), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, digit bool) { Read(b, digit) })
}
