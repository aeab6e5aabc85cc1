//go:build race

package main

// raceDetector is set where the tests run under the race detector: the program is then built with it, too.
const raceDetector = true
