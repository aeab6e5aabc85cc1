package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/familiar"
	"lenet/engine/internal/disk"
	"lenet/engine/npy"
	"lenet/engine/pen"
	"lenet/engine/picture/decode"
)

type predictCmd struct {
	weightsFlag
	Files   []string    `arg:"" name:"file" help:"PNG, JPEG, GIF or BMP pictures, JSON files of strokes, or .npy files of images."`
	Dataset datasetName `placeholder:"NAME" help:"${sets}, for the names of the classes; otherwise the one the weights were trained on."`
	Data    string      `placeholder:"PATH" help:"The data set of your own that the weights were trained on: for the names of its classes, and how familiar each image is."`
	Raw     bool        `help:"Only shrink a picture to 28×28: no cropping and centring of digits."`
	Logits  string      `placeholder:"FILE.npy" help:"Write the logits, float32 of shape (n, classes), instead of printing anything."`
	JSON    bool        `help:"Print JSON, one picture a line."`
}

func (predictCmd) Help() string {
	return `Tells the class and the three largest probabilities, and where an image is unlike any that the network has learned from.

A picture may have any size up to 16 megapixels, and ink of any colour on paper of any colour or on nothing; a frame along
the border is passed over. Digits are cropped to their ink, scaled to 20 pixels, drawn with a pen as wide as MNIST's where
theirs is much thinner or thicker, and placed by their centre of mass; 28×28 pictures are taken as they are. A JPEG is
turned as its EXIF tag says. A JSON file has one drawing, [[[x, y], …], …], or many, [{"strokes": …}, …]. An .npy file has
images of shape (n, 28, 28), (n, 1, 28, 28), (n, 28, 28, 1) or (n, 784), 0 to 255 or divided by 255.

A network reads an A as some digit too. So an image is compared with training images: JSON has its familiarity, the share of the
test images that are less familiar, 0 to 1, and unfamiliar where that is below 0.05. The training images are the embedded ones of the
data set that the weights name, or that --dataset does, or those of --data; where neither is known both are left out. It takes
about half a second; --logits does without. lenet explain --nearest shows the training images that are nearest.

A file that cannot be read is named, and the others are answered all the same; then the exit status is 1.

  lenet predict --weights mnist three.png
  lenet predict --weights fashion shoe.png shirt.png
  lenet predict --weights mnist drawing.json
  lenet predict --weights lenet.safetensors images.npy --logits logits.npy`
}

// Validate is called by kong.
func (c predictCmd) Validate() error {
	if c.Logits != "" && !strings.HasSuffix(c.Logits, ".npy") {
		return fmt.Errorf("--logits %s: use a name that ends in .npy", c.Logits)
	}
	if c.Logits != "" && c.JSON {
		return errors.New("--logits writes a file in place of printing, and --json prints: leave one of them out")
	}
	if c.Data != "" && c.Dataset != "" {
		return errors.New("--data takes a data set of your own: leave out --dataset")
	}
	inputs := []named{{"--weights", c.Weights}, {"--data", c.Data}}
	for _, file := range c.Files {
		inputs = append(inputs, named{"", file})
	}
	return checkOutputs([]named{{"--logits", c.Logits}}, inputs...)
}

// example is an image to classify and what to call it.
type example struct {
	name   string
	pixels [engine.Pixels]byte
}

func (c predictCmd) Run(e *env) error {
	p, meta, _, err := c.weightsFlag.loadOpen(e)
	if err != nil {
		return err
	}
	info, from, err := ownFlags{Data: c.Data}.lessons(e, c.weightsFlag, p.Config.NumClasses(), c.Dataset, meta)
	if err != nil {
		return err
	}
	var pictures []example
	bad := 0
	for _, file := range c.Files {
		some, err := c.read(file, info.Digits)
		if err != nil && c.Logits != "" { // whose rows are the pictures in order
			return err
		}
		if err != nil {
			bad++
			fmt.Fprintf(e.err, "lenet: error: %v\n", err)
		}
		pictures = append(pictures, some...)
	}
	if err := c.predict(e, p, info, from, pictures); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d files could not be read", bad, len(c.Files))
	}
	return nil
}

// predict prints or writes what the network makes of pictures.
func (c predictCmd) predict(e *env, p *engine.Params, info dataset.Info, from lessons, pictures []example) error {
	threads := 1 // one picture is no work for more
	if len(pictures) > 100 {
		threads = 0
	}
	b, err := cpu.New(p.Config, cpu.Options{Threads: threads})
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.SetParams(p); err != nil {
		return err
	}
	images := make([]byte, 0, len(pictures)*engine.Pixels)
	for _, pic := range pictures {
		images = append(images, pic.pixels[:]...)
	}
	classes := p.Config.NumClasses()
	logits := make([]float32, len(pictures)*classes)
	if err := b.Logits(images, logits); err != nil {
		return err
	}
	if c.Logits != "" {
		array, err := npy.Encode(&npy.Array{Shape: []int{len(pictures), classes}, Data: logits})
		if err != nil {
			return err
		}
		if err := disk.WriteFile(c.Logits, array); err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "wrote %s: %s images\n", c.Logits, thousands(len(pictures)))
		return err
	}
	var measure *familiar.Measure
	if from.known() && len(pictures) > 0 {
		if measure, err = from.measure(b, p.Config); err != nil {
			return err
		}
	}
	trace := engine.NewTrace(p.Config)
	for i, pic := range pictures {
		var answer *familiar.Answer
		if measure != nil {
			if err := b.Trace(pic.pixels[:], trace); err != nil {
				return err
			}
			a := measure.Of(trace)
			answer = &a
		}
		if err := c.print(e, pic.name, info, logits[i*classes:][:classes], answer); err != nil {
			return err
		}
	}
	return nil
}

// read returns the picture in a picture file, the drawings in a JSON file, or the
// images in an .npy file. Of several drawings those that can be drawn come also
// with an error about the others.
func (c predictCmd) read(file string, digits bool) ([]example, error) {
	b, err := disk.ReadFile(file, 64<<20)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(b, []byte("\x93NUMPY")) {
		return readImages(file, b)
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	if !bytes.HasPrefix(text, []byte("[")) && !bytes.HasPrefix(text, []byte("\xff\xfe[")) {
		pixels, err := decode.Read(b, digits && !c.Raw)
		if errors.Is(err, decode.ErrFormat) {
			err = fmt.Errorf("%w, nor a JSON list of strokes, nor an .npy file", err)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return []example{{file, pixels}}, nil
	}
	samples, err := pen.ParseNamed(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var pictures []example
	var blank []error
	for i, s := range samples {
		name := file
		if len(samples) > 1 {
			name = fmt.Sprintf("%s[%d]", file, i)
		}
		pixels, ok := pen.Render(s.Drawing, pen.Options{})
		if !ok {
			blank = append(blank, fmt.Errorf("%s: the drawing is blank", name))
			continue
		}
		pictures = append(pictures, example{name, pixels})
	}
	return pictures, errors.Join(blank...)
}

// readImages returns the images in an .npy file.
func readImages(name string, file []byte) ([]example, error) {
	a, err := npy.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s, err := a.Images()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	pictures := make([]example, s.Len())
	for i := range pictures {
		pictures[i].name = fmt.Sprintf("%s[%d]", name, i)
		copy(pictures[i].pixels[:], s.Images[i*engine.Pixels:])
	}
	return pictures, nil
}

// print prints what a picture is read as, and how familiar it is where that is known.
func (c predictCmd) print(e *env, name string, info dataset.Info, logits []float32, f *familiar.Answer) error {
	probabilities := make([]float32, len(logits))
	engine.Softmax(probabilities, logits)
	if c.JSON {
		best := engine.Argmax(probabilities)
		fields := map[string]any{
			"file": name, "class": best, "name": info.Classes[best], "probabilities": probabilities, "logits": logits,
		}
		if f != nil {
			fields["familiarity"], fields["unfamiliar"] = f.Familiarity, f.Unfamiliar
		}
		return json.NewEncoder(e.out).Encode(fields)
	}
	classes := make([]int, len(logits))
	for i := range classes {
		classes[i] = i
	}
	slices.SortStableFunc(classes, func(a, b int) int {
		switch {
		case probabilities[a] > probabilities[b]:
			return -1
		case probabilities[a] < probabilities[b]:
			return 1
		}
		return 0
	})
	var top []string
	for _, k := range classes[:min(3, len(classes))] {
		top = append(top, info.Classes[k]+" "+percent(probabilities[k]))
	}
	doubt := ""
	if f != nil && f.Unfamiliar {
		doubt = ", but " + unlike
	}
	_, err := fmt.Fprintf(e.out, "%s: %s  (%s)%s\n", name, info.Classes[classes[0]], strings.Join(top, ", "), doubt)
	return err
}

// percent writes a probability without more certainty than softmax has: it is
// never 0 or 1.
func percent[F float32 | float64](p F) string {
	switch {
	case p > 0.999:
		return "over 99.9 %"
	case p < 0.001:
		return "under 0.1 %"
	}
	return fmt.Sprintf("%.1f %%", 100*p)
}
