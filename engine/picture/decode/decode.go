// Package decode reads picture files. It is apart from package picture because
// the page lets the browser decode, and needs none of it.
package decode

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"lenet/engine"
	"lenet/engine/picture"
)

// maxRatio is the most bytes that a compressed byte can stand for.
const maxRatio = 1032

// IsPNG tells a PNG file by its first bytes.
func IsPNG(b []byte) bool { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) }

// Read decodes a picture and reads it as [picture.Read] does.
func Read(file []byte, digit bool) (pixels [engine.Pixels]byte, err error) {
	config, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return pixels, err
	}
	if err := picture.CheckSize(config.Width, config.Height); err != nil {
		return pixels, err
	}
	if config.Width*config.Height/8/maxRatio > len(file) { // a pixel takes a bit or more
		return pixels, fmt.Errorf("%d×%d pixels cannot be in %d bytes: it is damaged", config.Width, config.Height, len(file))
	}
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return pixels, err
	}
	flat, ok := img.(*image.NRGBA)
	if !ok || flat.Stride != 4*config.Width {
		flat = image.NewNRGBA(image.Rect(0, 0, config.Width, config.Height))
		draw.Draw(flat, flat.Rect, img, img.Bounds().Min, draw.Src)
	}
	return picture.Read(flat.Pix, config.Width, config.Height, digit)
}
