package jsonlite

import (
	"bytes"
	"encoding/json/jsontext"
	"testing"
)

// Texts are written as jsontext writes them, and read as it reads them.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\"\\/\b\f\n\r\t\x00\x1f\x7f é 𝄞 \xff \ufffd", `\ud834\udd1e`, `\ud834`, `\u00e9\/`, `\x`, "\u2028<>&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, _ := jsontext.AppendQuote(nil, s)
		if got := AppendText(nil, s); !bytes.Equal(got, want) {
			t.Fatalf("%q is written %s, jsontext writes %s", s, got, want)
		}
		raw := []byte(`"` + s + `"`)
		got, err := New(raw).Text()
		if token, jerr := jsontext.NewDecoder(bytes.NewReader(raw)).ReadToken(); (jerr == nil) != (err == nil) {
			t.Fatalf("%s: error %v, jsontext's %v", raw, err, jerr)
		} else if err == nil && got != token.String() {
			t.Fatalf("%s is read as %q, jsontext reads %q", raw, got, token.String())
		}
	})
}

// A value is passed over where jsontext passes over it, and its bytes are the same.
func FuzzRaw(f *testing.F) {
	for _, s := range []string{`{"a": [1, -0.5e+3, true, false, null, {}], "b": "x"} `, `[[[]]]`, `[01]`, `-`, `1.`, `{"a":1,"a":2}`, `[1,]`, `nul`, "\x00", `[1 2]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := New(b)
		got, err := d.Raw()
		if err == nil {
			err = d.End()
		}
		j := jsontext.NewDecoder(bytes.NewReader(b))
		want, jerr := j.ReadValue()
		want = bytes.Clone(want)
		if jerr == nil && len(bytes.Trim(b[j.InputOffset():], " \t\r\n")) > 0 {
			return // jsontext reads on
		}
		if (err == nil) != (jerr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%q: %q, %v, jsontext: %q, %v", b, got, err, want, jerr)
		}
	})
}
