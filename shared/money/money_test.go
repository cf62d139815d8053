package money_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/money"
)

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]money.Cents{
		`12`: 1200, `12.5`: 1250, `12.34`: 1234, `0.5`: 50, `"7.25"`: 725, `" 7 "`: 700, `999999.99`: 99999999, `0`: 0,
	} {
		var got money.Cents
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: got %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{`-1`, `1.234`, `1e3`, `"x"`, `""`, `null`, `true`, `[]`, `{}`, `"1,5"`, `".5"`, `"5."`,
		`99999999999999999999`, `"٣"`, `"1\u00002"`} {
		var got money.Cents
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s was taken for %d", in, got)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := money.Cents(rapid.Int64Range(0, 99999999).Draw(t, "cents"))
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got money.Cents
		if err := json.Unmarshal(b, &got); err != nil || got != want {
			t.Fatalf("%d wrote %s and read %d, %v", want, b, got, err)
		}
	})
}
