package explain_test

import (
	"fmt"
	"log"

	"lenet/assets"
	"lenet/engine"
	"lenet/engine/cpu"
	"lenet/engine/dataset"
	"lenet/engine/explain"
	"lenet/engine/safetensors"
)

// Ask the embedded network why it reads a 7, and nudge the image until it reads a 3.
func Example() {
	file, err := assets.Weights("mnist")
	if err != nil {
		log.Fatal(err)
	}
	params, err := safetensors.Decode(file)
	if err != nil {
		log.Fatal(err)
	}
	net, err := cpu.New(params.Config, cpu.Options{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer net.Close()
	if err := net.SetParams(params); err != nil {
		log.Fatal(err)
	}
	_, test, err := dataset.Subset("mnist")
	if err != nil {
		log.Fatal(err)
	}
	image := test.Images[:engine.Pixels]

	e := explain.New(net)
	trace, err := e.Read(image)
	if err != nil {
		log.Fatal(err)
	}
	answer := engine.Argmax(trace.Logits())
	lead := explain.Margin(trace.Logits(), answer)
	slopes := make([]float32, engine.Pixels)
	if _, err := e.Gradient(image, lead, slopes); err != nil {
		log.Fatal(err)
	}
	at := engine.Argmax(slopes)
	fmt.Printf("It reads %d. More ink at row %d, column %d would make it surest.\n", answer, at/engine.Side, at%engine.Side)

	fooled, err := e.Fool(image, explain.DefaultNudge(3, true))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("No pixel changes by more than %.0f of 255 levels, and it reads %d.\n", 255*fooled.LInf, fooled.Answer)
	// Output:
	// It reads 7. More ink at row 18, column 9 would make it surest.
	// No pixel changes by more than 21 of 255 levels, and it reads 3.
}
