// Package jsonlite reads and writes JSON piece by piece, for formats that are
// made of a few kinds of value. It is strict: the names in an object are unique,
// texts are valid UTF-8. The page's workers read with it, where encoding/json would
// add 60 KB to them.
package jsonlite

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Error says what is no JSON, or another kind of value than is due, and where.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

func fail(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Decoder reads a JSON text, one value after the other.
type Decoder struct {
	b  []byte
	at int
}

// New returns a decoder of b, which must not change meanwhile.
func New(b []byte) *Decoder { return &Decoder{b: b} }

// Peek returns the next byte that is no space, 0 at the end.
func (d *Decoder) Peek() byte {
	for d.at < len(d.b) && strings.IndexByte(" \t\n\r", d.b[d.at]) >= 0 {
		d.at++
	}
	if d.at == len(d.b) {
		return 0
	}
	return d.b[d.at]
}

// found returns the next byte for an error.
func (d *Decoder) found() string {
	if d.Peek() == 0 && d.at == len(d.b) {
		return "the end"
	}
	return strconv.QuoteRune(rune(d.b[d.at]))
}

func (d *Decoder) expect(c byte) error {
	if d.Peek() != c || d.at == len(d.b) {
		return fail("%s at byte %d where %q is due", d.found(), d.at, c)
	}
	d.at++
	return nil
}

// End reports whatever follows the last value.
func (d *Decoder) End() error {
	if d.Peek() != 0 || d.at < len(d.b) {
		return fail("%s at byte %d where the end is due", d.found(), d.at)
	}
	return nil
}

func (d *Decoder) word(w string) bool {
	d.Peek()
	ok := strings.HasPrefix(string(d.b[d.at:min(d.at+len(w), len(d.b))]), w)
	if ok {
		d.at += len(w)
	}
	return ok
}

// Null reads a null, if one is there.
func (d *Decoder) Null() bool { return d.word("null") }

// Bool reads a true or a false.
func (d *Decoder) Bool() (bool, error) {
	if d.word("true") {
		return true, nil
	}
	if d.word("false") {
		return false, nil
	}
	return false, fail("%s at byte %d where true or false is due", d.found(), d.at)
}

// Object reads an object and calls member after each name to read the value.
func (d *Decoder) Object(member func(name string) error) error {
	if err := d.expect('{'); err != nil {
		return err
	}
	names := map[string]bool{}
	for d.Peek() != '}' {
		if len(names) > 0 {
			if err := d.expect(','); err != nil {
				return err
			}
		}
		name, err := d.Text()
		if err != nil {
			return err
		}
		if names[name] {
			return fail("duplicate name %q", name)
		}
		names[name] = true
		if err := d.expect(':'); err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
	d.at++
	return nil
}

// List reads a list and calls element to read each value.
func (d *Decoder) List(element func() error) error {
	if err := d.expect('['); err != nil {
		return err
	}
	for first := true; d.Peek() != ']'; first = false {
		if !first {
			if err := d.expect(','); err != nil {
				return err
			}
		}
		if err := element(); err != nil {
			return err
		}
	}
	d.at++
	return nil
}

// Raw passes over a value and returns its bytes.
func (d *Decoder) Raw() ([]byte, error) {
	d.Peek()
	start := d.at
	err := d.skip(1000)
	return d.b[start:d.at], err
}

// skip passes over a value in which at most depth lists and objects are nested.
func (d *Decoder) skip(depth int) (err error) {
	switch c := d.Peek(); {
	case depth == 0:
		return fail("lists are nested too deep at byte %d", d.at)
	case c == '{':
		return d.Object(func(string) error { return d.skip(depth - 1) })
	case c == '[':
		return d.List(func() error { return d.skip(depth - 1) })
	case c == '"':
		_, err = d.Text()
	case c == 't' || c == 'f':
		_, err = d.Bool()
	case c == 'n' && d.Null():
	default:
		_, err = d.Number()
	}
	return err
}

// Number reads a number and returns it as it is written.
func (d *Decoder) Number() (string, error) {
	d.Peek()
	end := d.at
	digits := func() bool {
		start := end
		for end < len(d.b) && '0' <= d.b[end] && d.b[end] <= '9' {
			end++
		}
		return end > start
	}
	is := func(set string) bool {
		ok := end < len(d.b) && strings.IndexByte(set, d.b[end]) >= 0
		if ok {
			end++
		}
		return ok
	}
	is("-")
	ok := is("0") || digits()
	if ok && is(".") {
		ok = digits()
	}
	if ok && is("eE") {
		is("+-")
		ok = digits()
	}
	if !ok {
		return "", fail("%s at byte %d where a number is due", d.found(), d.at)
	}
	text := string(d.b[d.at:end])
	d.at = end
	return text, nil
}

// Float reads a number.
func (d *Decoder) Float() (float64, error) {
	text, err := d.Number()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fail("the number %.40s before byte %d is too large", text, d.at)
	}
	return v, nil
}

// Text reads a string.
func (d *Decoder) Text() (string, error) {
	if d.Peek() != '"' {
		return "", fail("%s at byte %d where a string is due", d.found(), d.at)
	}
	start := d.at
	var s []byte
	for d.at++; d.at < len(d.b); d.at++ {
		switch c := d.b[d.at]; {
		case c == '"':
			d.at++
			if !utf8.Valid(s) {
				return "", fail("the string at byte %d is not UTF-8", start)
			}
			return string(s), nil
		case c < ' ':
			return "", fail("a control character at byte %d", d.at)
		case c != '\\':
			s = append(s, c)
		default:
			r, ok := d.escape()
			if !ok {
				return "", fail("an escape at byte %d that JSON has not", d.at)
			}
			s = utf8.AppendRune(s, r)
		}
	}
	return "", fail("the string at byte %d breaks off", start)
}

// escape reads what follows a backslash, and leaves its last byte next.
func (d *Decoder) escape() (rune, bool) {
	if d.at++; d.at == len(d.b) {
		return 0, false
	}
	c := d.b[d.at]
	if i := strings.IndexByte("\"\\/bfnrt", c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	r, ok := d.hex()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	if d.at+2 >= len(d.b) || d.b[d.at+1] != '\\' {
		return 0, false
	}
	d.at += 2
	low, ok := d.hex()
	r = utf16.DecodeRune(r, low)
	return r, ok && r != utf8.RuneError
}

// hex reads u and four digits, and leaves the last one next.
func (d *Decoder) hex() (rune, bool) {
	if d.b[d.at] != 'u' || d.at+4 >= len(d.b) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(d.b[d.at+1:d.at+5]), 16, 16)
	d.at += 4
	return rune(v), err == nil
}

// AppendText appends s as a string; invalid UTF-8 becomes U+FFFD.
func AppendText(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch i := strings.IndexRune("\"\\\b\f\n\r\t", r); {
		case i >= 0 && r != utf8.RuneError:
			b = append(b, '\\', "\"\\bfnrt"[i])
		case r < ' ':
			b = fmt.Appendf(b, "\\u%04x", r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
