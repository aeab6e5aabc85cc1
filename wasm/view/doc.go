// Package view works out the stage: where every layer of the network lies in
// the picture, which unit a point hits, what a unit sees, which colour a value
// has and how a picture fades into the next. It is pure computation: it draws
// nothing and knows no browser, so that all of it is tested in tables.
//
// Lengths are CSS pixels of the stage's frame, x to the right, y down, unless
// said otherwise.
package view
