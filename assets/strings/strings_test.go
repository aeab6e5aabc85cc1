// Package strings_test holds the page's languages against each other.
package strings_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	hole   = regexp.MustCompile(`\{\w+\}`)
	number = regexp.MustCompile(`\b\d[\d,.]*\d\b|\b\d\b`)
)

// Every file here is a language, which has every text of English, with the same
// holes to fill in, and the same numbers in the lessons.
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
	found := func(pattern *regexp.Regexp, s string) []string {
		return slices.Compact(slices.Sorted(slices.Values(pattern.FindAllString(s, -1))))
	}
	en := load("en.json")
	names, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		other := load(name)
		for key := range other {
			if en[key] == nil {
				t.Errorf("%s has %s, which English lacks", name, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(en)) {
			switch e := en[key].(type) {
			case string:
				z, _ := other[key].(string)
				if z == "" || e == "" || !slices.Equal(found(hole, e), found(hole, z)) {
					t.Errorf("%s, %s: %q for %q", name, key, z, e)
				}
				if a, b := found(number, e), found(number, z); strings.HasPrefix(key, "lesson.") && !slices.Equal(a, b) {
					t.Errorf("%s, %s: it names %q, in English %q", name, key, b, a)
				}
			case []any:
				if z, _ := other[key].([]any); len(z) != len(e) {
					t.Errorf("%s, %s: %d entries, in English %d", name, key, len(z), len(e))
				}
			default:
				t.Errorf("%s is a %T", key, e)
			}
		}
	}
}
