package figure

import (
	"image"
	"image/draw"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdfCanvas makes up for what vgpdf v0.17 gets wrong: it writes the bytes of
// UTF-8 as if they were Windows-1252, and images upside down.
type pdfCanvas struct{ *vgpdf.Canvas }

func (c pdfCanvas) FillString(f font.Face, at vg.Point, s string) {
	s = strings.ReplaceAll(s, "−", "–") // the minus is not in Windows-1252, the dash is
	if b, err := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).String(s); err == nil {
		s = strings.ReplaceAll(b, "\x1a", "?")
	}
	c.Canvas.FillString(f, at, s)
}

func (c pdfCanvas) DrawImage(at vg.Rectangle, img image.Image) {
	r := img.Bounds()
	flipped := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for y := range r.Dy() {
		draw.Draw(flipped, image.Rect(0, r.Dy()-1-y, r.Dx(), r.Dy()-y), img, image.Pt(r.Min.X, r.Min.Y+y), draw.Src)
	}
	c.Canvas.DrawImage(at, flipped)
}
