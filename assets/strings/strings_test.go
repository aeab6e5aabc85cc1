// Package strings_test holds the page's languages against each other.
package strings_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
)

var hole = regexp.MustCompile(`\{\w+\}`)

// Every language has every text, with the same holes to fill in.
func TestLanguages(t *testing.T) {
	load := func(name string) map[string]any {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return texts
	}
	en, zh := load("en.json"), load("zh.json")
	a, b := slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(zh))
	if !slices.Equal(a, b) {
		t.Fatalf("en has %q\nzh has %q", a, b)
	}
	for _, key := range a {
		switch e := en[key].(type) {
		case string:
			z, _ := zh[key].(string)
			holes := func(s string) []string { return slices.Sorted(slices.Values(hole.FindAllString(s, -1))) }
			if z == "" || e == "" || !slices.Equal(holes(e), holes(z)) {
				t.Errorf("%s: %q and %q", key, e, z)
			}
		case []any:
			if z, _ := zh[key].([]any); len(z) != len(e) {
				t.Errorf("%s: %d and %d entries", key, len(e), len(z))
			}
		default:
			t.Errorf("%s is a %T", key, e)
		}
	}
}
