package own

import (
	"slices"

	"lenet/engine"
)

// transpose exchanges rows and columns of every image.
func transpose(images []byte) {
	for img := range slices.Chunk(images, engine.Pixels) {
		for y := range engine.Side {
			for x := range y {
				a, b := y*engine.Side+x, x*engine.Side+y
				img[a], img[b] = img[b], img[a]
			}
		}
	}
}

// level brings the images to the form of MNIST: from 0 to 255, light on dark.
func (d *Data) level() {
	if most := max(slices.Max(d.Train.Images), brightest(d.Test.Images)); most == 1 {
		d.change(func(v byte) byte { return v * 255 })
	}
	dark, all := 0, 0
	for img := range slices.Chunk(d.Train.Images, engine.Pixels) {
		for i := range engine.Side {
			for _, v := range [4]byte{img[i], img[engine.Pixels-1-i], img[i*engine.Side], img[(i+1)*engine.Side-1]} {
				if all++; v < 128 {
					dark++
				}
			}
		}
	}
	if dark*2 < all {
		d.change(func(v byte) byte { return 255 - v })
		d.Notes = append(d.Notes, d.Name+" is dark on light: its images were turned around, light on dark, as MNIST's are")
	}
}

func brightest(images []byte) byte {
	if len(images) == 0 {
		return 0
	}
	return slices.Max(images)
}

func (d *Data) change(f func(byte) byte) {
	var table [256]byte
	for i := range table {
		table[i] = f(byte(i))
	}
	for _, images := range [][]byte{d.Train.Images, d.Test.Images} {
		for i, v := range images {
			images[i] = table[v]
		}
	}
}
