// Package decode reads picture files: PNG, JPEG, GIF and BMP. It is apart from
// package picture because the page lets the browser decode, and needs none of it.
package decode

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"

	"lenet/engine"
	"lenet/engine/internal/foreign"
	"lenet/engine/picture"
)

// ErrFormat is wrapped by the error for a file that is none of the pictures that
// are read.
var ErrFormat = errors.New("neither a PNG, JPEG, GIF or BMP picture")

// format is a kind of picture file.
type format struct {
	magic  string
	config func(b []byte) (image.Config, error)
	decode func(b []byte) (image.Image, error)
	ratio  int // the most pixels that a byte of the file can stand for; 0 for no limit below MaxPixels
}

// formats are known by their first bytes. A pixel of a PNG takes a bit or more,
// of which deflate packs 1032 bytes into one.
var formats = []format{
	{"\x89PNG\r\n\x1a\n", configOf(png.DecodeConfig), imageOf(png.Decode), 8 * 1032},
	{"\xff\xd8\xff", configOf(jpeg.DecodeConfig), imageOf(jpeg.Decode), 0},
	{"GIF8", configOf(gif.DecodeConfig), imageOf(gif.Decode), 0},
	{"BM", configOf(bmp.DecodeConfig), imageOf(bmp.Decode), 8},
}

func configOf(f func(io.Reader) (image.Config, error)) func([]byte) (image.Config, error) {
	return func(b []byte) (image.Config, error) { return f(bytes.NewReader(b)) }
}

func imageOf(f func(io.Reader) (image.Image, error)) func([]byte) (image.Image, error) {
	return func(b []byte) (image.Image, error) { return f(bytes.NewReader(b)) }
}

// Read decodes a picture and reads it as [picture.Read] does.
func Read(file []byte, digit bool) (pixels [engine.Pixels]byte, err error) {
	rgba, width, height, err := RGBA(file)
	if err != nil {
		return pixels, err
	}
	return picture.Read(rgba, width, height, digit)
}

// RGBA decodes a picture into pixels as [picture.Read] takes them. A JPEG is
// turned as its EXIF tag says; of a GIF the first frame is taken.
func RGBA(file []byte) (rgba []byte, width, height int, err error) {
	for _, f := range formats {
		if !bytes.HasPrefix(file, []byte(f.magic)) {
			continue
		}
		config, err := f.config(file)
		if errors.Is(err, bmp.ErrUnsupported) {
			err = errors.New("a BMP picture of a kind that is not read: convert it to PNG")
		}
		if err != nil {
			return nil, 0, 0, err
		}
		if err := picture.CheckSize(config.Width, config.Height); err != nil {
			return nil, 0, 0, err
		}
		if f.ratio > 0 && config.Width*config.Height/f.ratio > len(file) {
			return nil, 0, 0, fmt.Errorf("%d×%d pixels cannot be in %d bytes: it is damaged", config.Width, config.Height, len(file))
		}
		img, err := f.decode(file)
		if err != nil {
			return nil, 0, 0, err
		}
		rgba, width, height = flat(img)
		rgba, width, height = turned(rgba, width, height, orientation(file))
		return rgba, width, height, nil
	}
	if what := foreign.What(file); what != "" {
		return nil, 0, 0, fmt.Errorf("it is %s: %w", what, ErrFormat)
	}
	return nil, 0, 0, ErrFormat
}

// flat returns an image's pixels as [picture.Read] takes them.
func flat(img image.Image) (rgba []byte, width, height int) {
	r := img.Bounds()
	width, height = r.Dx(), r.Dy()
	if n, ok := img.(*image.NRGBA); ok && n.Stride == 4*width {
		return n.Pix[:4*width*height], width, height
	}
	rgba = make([]byte, 0, 4*width*height)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			switch img := img.(type) {
			case *image.YCbCr:
				c := img.YCbCrAt(x, y)
				red, green, blue := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
				rgba = append(rgba, red, green, blue, 255)
			case *image.Gray:
				v := img.GrayAt(x, y).Y
				rgba = append(rgba, v, v, v, 255)
			default:
				c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
				rgba = append(rgba, c.R, c.G, c.B, c.A)
			}
		}
	}
	return rgba, width, height
}
