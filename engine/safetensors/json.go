package safetensors

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decoder reads the few kinds of JSON value that a header has, strictly: names
// are unique, texts valid UTF-8. It is here because the page's worker needs no
// other JSON, and encoding/json/jsontext would add 40 KB to it.
type decoder struct {
	b  []byte
	at int
}

// peek returns the next byte that is no space, 0 at the end.
func (d *decoder) peek() byte {
	for d.at < len(d.b) && strings.IndexByte(" \t\n\r", d.b[d.at]) >= 0 {
		d.at++
	}
	if d.at == len(d.b) {
		return 0
	}
	return d.b[d.at]
}

// found returns the next byte for an error.
func (d *decoder) found() string {
	if d.peek() == 0 && d.at == len(d.b) {
		return "the end"
	}
	return strconv.QuoteRune(rune(d.b[d.at]))
}

func (d *decoder) expect(c byte) error {
	if d.peek() != c || d.at == len(d.b) {
		return refuse("header: %s at byte %d where %q is due", d.found(), d.at, c)
	}
	d.at++
	return nil
}

// null reads a null, if one is there.
func (d *decoder) null() bool {
	d.peek()
	if !strings.HasPrefix(string(d.b[d.at:min(d.at+4, len(d.b))]), "null") {
		return false
	}
	d.at += 4
	return true
}

// object reads an object and calls member after each name to read the value.
func (d *decoder) object(member func(name string) error) error {
	if err := d.expect('{'); err != nil {
		return err
	}
	names := map[string]bool{}
	for d.peek() != '}' {
		if len(names) > 0 {
			if err := d.expect(','); err != nil {
				return err
			}
		}
		name, err := d.text()
		if err != nil {
			return err
		}
		if names[name] {
			return refuse("header: duplicate name %q", name)
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

// text reads a string.
func (d *decoder) text() (string, error) {
	if d.peek() != '"' {
		return "", refuse("header: %s at byte %d where a string is due", d.found(), d.at)
	}
	start := d.at
	var s []byte
	for d.at++; d.at < len(d.b); d.at++ {
		switch c := d.b[d.at]; {
		case c == '"':
			d.at++
			if !utf8.Valid(s) {
				return "", refuse("header: the string at byte %d is not UTF-8", start)
			}
			return string(s), nil
		case c < ' ':
			return "", refuse("header: a control character at byte %d", d.at)
		case c != '\\':
			s = append(s, c)
		default:
			r, ok := d.escape()
			if !ok {
				return "", refuse("header: an escape at byte %d that JSON has not", d.at)
			}
			s = utf8.AppendRune(s, r)
		}
	}
	return "", refuse("header: the string at byte %d breaks off", start)
}

// escape reads what follows a backslash, and leaves its last byte next.
func (d *decoder) escape() (rune, bool) {
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
func (d *decoder) hex() (rune, bool) {
	if d.b[d.at] != 'u' || d.at+4 >= len(d.b) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(d.b[d.at+1:d.at+5]), 16, 16)
	d.at += 4
	return rune(v), err == nil
}

// numbers reads an array of at most most integers from 0 to 2^31-1.
func (d *decoder) numbers(most int) ([]int, error) {
	if err := d.expect('['); err != nil {
		return nil, err
	}
	ns := []int{}
	for d.peek() != ']' {
		if len(ns) > 0 {
			if err := d.expect(','); err != nil {
				return nil, err
			}
			d.peek()
		}
		end := d.at
		for end < len(d.b) && strings.IndexByte("0123456789+-.eE", d.b[end]) >= 0 {
			end++
		}
		text := string(d.b[d.at:end])
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil || len(text) > 1 && text[0] == '0' {
			return nil, refuse("header: %q at byte %d is not a whole number from 0 to %d", text, d.at, math.MaxInt32)
		}
		if len(ns) == most {
			return nil, refuse("header: more than %d numbers in an array", most)
		}
		ns = append(ns, int(n))
		d.at = end
	}
	d.at++
	return ns, nil
}

// appendQuote appends s as a JSON string; invalid UTF-8 becomes U+FFFD.
func appendQuote(b []byte, s string) []byte {
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
