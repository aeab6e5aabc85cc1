package site

import (
	"strconv"
	"strings"
)

// choose returns the content coding to send, "br", "gzip" or "" for none,
// given the request's Accept-Encoding headers (RFC 9110, section 12.5.3) and
// the forms there are: the one with the highest weight, and of equals the
// smallest. Content that is accepted in no form is sent as it is.
func choose(accept []string, br, gzip bool) string {
	weights := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		coding, params, _ := strings.Cut(part, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				q = 0
			}
		}
		weights[strings.ToLower(strings.TrimSpace(coding))] = q
	}
	weight := func(coding string) float64 {
		if q, ok := weights[coding]; ok {
			return q
		}
		return weights["*"]
	}
	best, most := "", weights["identity"] // unlisted, identity is the last resort
	if gzip && weight("gzip") > 0 && weight("gzip") >= most {
		best, most = "gzip", weight("gzip")
	}
	if br && weight("br") > 0 && weight("br") >= most {
		best = "br"
	}
	return best
}
