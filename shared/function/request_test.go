package function_test

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gittix/ticketing/shared/function"
)

func TestLooseID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]function.LooseID{
		`7`: 7, `"7"`: 7, `2147483647`: math.MaxInt32, `"2147483647"`: math.MaxInt32, `2147483648`: 0, `0`: 0, `-7`: 0, `"+7"`: 0,
		`7.0`: 0, `7e0`: 0, `" 7"`: 0, `"7x"`: 0, `""`: 0, `null`: 0, `true`: 0, `[7]`: 0, `{"id":7}`: 0,
	} {
		got := function.LooseID(1) // is forgotten
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", in, got, err, want)
		}
	}
}

func TestLooseString(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]function.LooseString{
		`"a b"`: "a b", `"\u00e9"`: "é", `""`: "", `null`: "", `7`: "", `true`: "", `["a"]`: "", `{"a":"b"}`: "",
	} {
		got := function.LooseString("before")
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", in, got, err, want)
		}
	}
}

// Valid JSON never fails, an id is the number that was written, and text is always UTF-8.
func FuzzLoose(f *testing.F) {
	for _, seed := range []string{`7`, `"7"`, `-0`, `1e9`, `"\ud800"`, `null`, `{"a":[1]}`, `99999999999999999999`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var id function.LooseID
		var text function.LooseString
		valid := json.Valid([]byte(in))
		if err := json.Unmarshal([]byte(in), &id); (err == nil) != valid || id < 0 {
			t.Errorf("id %d, %v", id, err)
		}
		if err := json.Unmarshal([]byte(in), &text); (err == nil) != valid || !utf8.ValidString(string(text)) {
			t.Errorf("text %q, %v", text, err)
		}
		digits := strings.TrimSpace(in)
		if text != "" {
			digits = string(text)
		}
		if n, err := strconv.ParseInt(digits, 10, 64); id != 0 && (err != nil || n != int64(id)) {
			t.Errorf("%s became %d", in, id)
		}
	})
}
