package pen

import (
	"strings"
	"testing"
)

func TestParseJSON(t *testing.T) {
	one, err := ParseJSON([]byte(`[[[1,2],[3.5,4]],[[5,6]]]`))
	if err != nil || len(one) != 1 || one[0].Label != -1 || len(one[0].Drawing) != 2 || one[0].Drawing[0][1] != (Point{3.5, 4}) {
		t.Errorf("one drawing: %+v, %v", one, err)
	}
	many, err := ParseJSON([]byte(` [{"index":5,"label":7,"strokes":[[[1,2]]]},{"strokes":[]}]`))
	if err != nil || len(many) != 2 || many[0].Label != 7 || many[1].Label != -1 || len(many[1].Drawing) != 0 {
		t.Errorf("two drawings: %+v, %v", many, err)
	}
	if marked, err := ParseJSON([]byte("\ufeff[[[1,2]]]")); err != nil || len(marked) != 1 {
		t.Errorf("after a byte order mark: %+v, %v", marked, err)
	}
	if empty, err := ParseJSON([]byte(`[]`)); err != nil || len(empty) != 1 || len(empty[0].Drawing) != 0 {
		t.Errorf("a blank drawing: %+v, %v", empty, err)
	}
}

func TestParseJSONErrors(t *testing.T) {
	for in, want := range map[string]string{
		``:                                 "want a JSON list",
		"\xff\xfe[\x00]\x00":               "UTF-16",
		`{"label":1}`:                      "want a JSON list",
		`[[[1,2],[3]]]`:                    "stroke 0, point 1 has 1 numbers",
		`[[[1,2,3]]]`:                      "has 3 numbers",
		`[[[1,"a"]]]`:                      "want strokes",
		`[[[1,2]],[[250,3]]]`:              "stroke 1, point 0 is (250, 3)",
		`[{"label":1}]`:                    `drawing 0 has no "strokes"`,
		`[{"label":10,"strokes":[]}]`:      "labels are 0 to 9",
		`[{"label":1.5,"strokes":[]}]`:     "drawing 0",
		`[{"strokes":[]},[[[1,2]]]]`:       "drawing 1",
		`[{"strokes":[]},{"strokes":[1]}]`: "drawing 1: want strokes",
		`[[]` + strings.Repeat(`,[[1,2]]`, MaxStrokes) + `]`:   "2001 strokes",
		`[[[1,2]` + strings.Repeat(`,[1,2]`, MaxPoints) + `]]`: "20001 points",
	} {
		if _, err := ParseJSON([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100s: error %v, want %q", in, err, want)
		}
	}
}
