package onnx

import "encoding/binary"

// message is a protocol buffer's message being written: a field after another,
// each a key (its number and how it is written) and a value.
type message []byte

// int adds a field with a number that is not negative.
func (m *message) int(field, v int) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3)
	*m = binary.AppendUvarint(*m, uint64(v))
}

// text adds a field with a string.
func (m *message) text(field int, s string) { m.nested(field, []byte(s)) }

// nested adds a field with a message or with bytes.
func (m *message) nested(field int, b []byte) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|2)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}
