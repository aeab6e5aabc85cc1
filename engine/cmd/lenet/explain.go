package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/explain"
	"lenet/engine/familiar"
	"lenet/engine/figure"
)

type explainCmd struct {
	weightsFlag
	imageFlags

	Occlusion bool   `help:"Where does it look? Slide a patch over the image and show how much probability the class loses."`
	Gradient  bool   `help:"Which pixels would change its mind? Show the gradient of the class's lead by the image."`
	Unit      string `placeholder:"L:C:Y:X" help:"What does this unit want to see? Climb to an input that drives it highest: layer, map, row and column, or layer and unit; 11:3 is class 3, 3:5 the sum of map 5."`
	Fool      string `placeholder:"CLASS" help:"Which small change makes it another class? Nudge the image until it is read as that one."`

	Nearest bool `help:"What does it look like to it? Show the five training images that are nearest, and how familiar the image is."`

	Class  string    `placeholder:"CLASS" help:"The class that --occlusion and --gradient are about, by name or number: why not a 9? Otherwise the answer."`
	Patch  patchSize `placeholder:"SIZE" help:"Side of --occlusion's patch, in pixels; otherwise 5."`
	Stride patchSize `placeholder:"PIXELS" help:"How far the patch moves; otherwise 1."`
	Fill   *uint8    `placeholder:"GREY" help:"Grey of the patch, 0 to 255; otherwise 0, the paper of digits."`
	Seed   uint64    `default:"1" help:"Seed of the noise that --unit starts from where there is no image."`
	Out    string    `placeholder:"FILE" help:"The .svg, .pdf or .png file to draw the answer in."`
	Title  string    `placeholder:"TEXT" help:"Title of the figure; otherwise one that names the answer."`
	JSON   bool      `help:"Print all numbers as JSON, in place of a sentence."`
}

func (explainCmd) Help() string {
	return `Asks a network why it says so. One question at a time; with --out the answer is a figure for a slide.

  lenet explain --weights mnist three.png --occlusion --out looks.svg
  lenet explain --weights mnist three.png --occlusion --class 8
                                          why not an 8?
  lenet explain --weights mnist --image 7 --gradient --out pixels.png
  lenet explain --weights mnist --unit 11:3 --out three.svg
                                          the input that looks most like a 3 to it
  lenet explain --weights mnist --unit 3:5:4:4 --out unit.svg
  lenet explain --weights fashion --image 4 --fool Coat --out fooled.pdf

  lenet explain --weights mnist three.png --nearest --out neighbours.svg
  lenet explain --weights letters.safetensors --data letters.json three.png --nearest

--occlusion covers a part of the image at a time and reads the rest. Where the class loses probability, what is covered speaks
for it (red); where it gains, against it (blue). --fill 128 covers with grey instead of paper, which adds ink where there is
none. (Zeiler and Fergus 2014)

--gradient asks each pixel: by how much would a little more ink raise the class's lead, its output less the largest other
one? (Simonyan, Vedaldi and Zisserman 2014)

--unit starts from noise, or from the image where one is given, and takes 80 steps up the gradient of the unit's value, before
its activation. With each step pixels shrink by 5 %, are kept within 0 to 1 and are blurred a little, or the input would be noise. Below are the nine test images that drive the unit, or another place of its map, highest. lenet layers lists the layers.
(Erhan, Bengio, Courville and Vincent 2009)

--fool takes small steps down the loss of the class asked for, until the image, in whole grey levels, is read as that: once
by the gradient's sign, where the largest change of a pixel counts, and once along the gradient, where the length of the
whole change counts. (Goodfellow, Shlens and Szegedy 2015)

--nearest compares the outputs of the first linear layer with those of the training images: the embedded ones, or with --data your own.
Familiarity is the share of the test images that are farther from the training images; below 5 % an image is unlike any of them. (Lee,
Lee, Lee and Shin 2018; Liu, Wang, Owens and Li 2020; Sun, Ming, Zhu and Li 2022)`
}

// patchSize is a number of pixels, 0 for none given.
type patchSize int

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *patchSize) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > engine.Side {
		return fmt.Errorf("%q: use 1 to %d pixels", text, engine.Side)
	}
	*p = patchSize(n)
	return nil
}

// questions are the options of which one is given.
func (c explainCmd) questions() (options []string) {
	for _, q := range []struct {
		option string
		given  bool
	}{{"--occlusion", c.Occlusion}, {"--gradient", c.Gradient}, {"--unit", c.Unit != ""}, {"--fool", c.Fool != ""}, {"--nearest", c.Nearest}} {
		if q.given {
			options = append(options, q.option)
		}
	}
	return options
}

// Validate is called by kong.
func (c explainCmd) Validate() error {
	switch options := c.questions(); {
	case len(options) == 0:
		return errors.New("what shall it explain? Add --occlusion, --gradient, --unit L:C:Y:X, --fool CLASS or --nearest")
	case len(options) > 1:
		return fmt.Errorf("%s: one question at a time", strings.Join(options, " and "))
	}
	if c.Unit == "" && !c.given() {
		return errNoImage
	}
	if !c.Occlusion && (c.Patch != 0 || c.Stride != 0 || c.Fill != nil) {
		return errors.New("--patch, --stride and --fill are for --occlusion: leave them out")
	}
	if !c.Occlusion && !c.Gradient && c.Class != "" {
		return errors.New("--class is for --occlusion and --gradient: leave it out")
	}
	if c.Title != "" && c.Out == "" {
		return errors.New("--title is a figure's: add --out FILE")
	}
	err := c.imageFlags.check(c.Nearest)
	if c.Unit != "" {
		_, unit := parseUnit(c.Unit)
		err = errors.Join(err, unit)
	}
	if c.Out != "" {
		err = errors.Join(err, figureFlags{Out: c.Out}.check(append(c.inputs(), named{"--weights", c.Weights}, named{"", c.File})...))
	}
	return err
}

// asked is what a question is asked about.
type asked struct {
	*explain.Explainer
	config  engine.Config
	info    dataset.Info
	net     familiar.Tracer
	lessons        // the test images, and for --nearest the training images; none where the weights' data set is not known
	image   []byte // nil for none
	name    string // of the image
	answer  int    // of the network, in the image
	chances []float32
}

// says names the answer: "3 with 99.8 %".
func (s *asked) says() string {
	return s.info.Classes[s.answer] + " with " + percent(s.chances[s.answer])
}

// answered is what came of a question: a sentence, numbers for JSON and a figure.
type answered struct {
	said   string
	key    string
	fields any
	figure figure.Panels
}

func (c explainCmd) Run(e *env) error {
	p, meta, _, err := c.weightsFlag.loadOpen(e)
	if err != nil {
		return err
	}
	b, err := cpu.New(p.Config, cpu.Options{Threads: 1, Reproducible: true}) // the bits of the page
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.SetParams(p); err != nil {
		return err
	}
	s := &asked{Explainer: explain.New(b), net: b, config: p.Config}
	if err := c.read(e, s, meta); err != nil {
		return err
	}
	var a answered
	switch {
	case c.Occlusion:
		a, err = c.occlusion(s)
	case c.Gradient:
		a, err = c.gradient(s)
	case c.Unit != "":
		a, err = c.unit(s)
	case c.Nearest:
		a, err = c.nearest(s)
	default:
		a, err = c.fool(s)
	}
	if err != nil {
		return err
	}
	if c.Out != "" {
		a.figure.Title = figureFlags{Title: c.Title}.title(a.figure.Title)
		if err := figure.SavePanels(c.Out, a.figure); err != nil {
			return err
		}
	}
	if c.JSON {
		all := map[string]any{a.key: a.fields}
		if s.image != nil {
			all["file"], all["class"], all["name"], all["probability"] = s.name, s.answer, s.info.Classes[s.answer], s.chances[s.answer]
		}
		return json.NewEncoder(e.out).Encode(all)
	}
	if c.Out != "" {
		a.said += "\nwrote " + c.Out
	}
	_, err = fmt.Fprintln(e.out, a.said)
	return err
}

// read reads the image, and the test images where they are asked for.
func (c explainCmd) read(e *env, s *asked, meta map[string]string) error {
	n := s.config.NumClasses()
	labelled := c.Data != "" // the test images' labels are classes of the network
	if !labelled {
		info, err := classesOf(c.Weights, n, c.Dataset, meta)
		if err != nil {
			return err
		}
		d, err := dataset.Lookup(info.Name)
		labelled = err == nil && len(d.Classes) == n
	}
	var which string
	var err error
	if c.Nearest {
		which, err = c.learned(e, s, meta)
	} else {
		s.info, s.test, which, err = c.set(e, c.weightsFlag, n, meta, c.Image != nil || c.Unit != "" && labelled)
	}
	if err != nil || !c.given() {
		return err
	}
	if s.name = c.File; c.Image != nil {
		s.name = fmt.Sprintf("image %d of %s", *c.Image, which)
	}
	if s.image, err = c.from(s.info, s.test, which); err != nil {
		return err
	}
	if !labelled {
		s.test = engine.Set{}
	}
	t, err := s.Read(s.image)
	if err != nil {
		return err
	}
	s.chances = make([]float32, n)
	engine.Softmax(s.chances, t.Logits())
	s.answer = engine.Argmax(s.chances)
	return nil
}

// class returns the class of that name or number, of an option.
func (s *asked) class(option, text string) (int, error) {
	for k, name := range s.info.Classes {
		if strings.EqualFold(name, text) {
			return k, nil
		}
	}
	if k, err := strconv.Atoi(text); err == nil && k >= 0 && k < len(s.info.Classes) {
		return k, nil
	}
	return 0, fmt.Errorf("%s %s: there is no such class, use one of %s", option, text, strings.Join(s.info.Classes, ", "))
}

// about returns the class that is to be explained.
func (c explainCmd) about(s *asked) (int, error) {
	if c.Class == "" {
		return s.answer, nil
	}
	return s.class("--class", c.Class)
}

// parseUnit reads L:C:Y:X or L:U.
func parseUnit(text string) (at []int, err error) {
	for part := range strings.SplitSeq(text, ":") {
		v, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("--unit %s: use LAYER:MAP:ROW:COLUMN or LAYER:UNIT, such as 3:5:4:4 or 11:3", text)
		}
		at = append(at, v)
	}
	if len(at) != 2 && len(at) != 4 {
		return nil, fmt.Errorf("--unit %s: use LAYER:MAP:ROW:COLUMN or LAYER:UNIT, such as 3:5:4:4 or 11:3", text)
	}
	return at, nil
}
