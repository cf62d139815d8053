package timestamp_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/timestamp"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 3600)
	for _, c := range []struct {
		in   time.Time
		want string
	}{
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), `"2026-01-02T03:04:05.000Z"`},
		{time.Date(2026, 1, 2, 3, 4, 5, 120_999_999, east), `"2026-01-02T02:04:05.120Z"`},
		{time.Time{}, `null`},
	} {
		got, err := json.Marshal(timestamp.Of(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%v: got %s, %v; want %s", c.in, got, err, c.want)
		}
		var back timestamp.Time
		if err := json.Unmarshal(got, &back); err != nil || !back.Equal(timestamp.Of(c.in).Time) {
			t.Errorf("%s came back as %v, %v", got, back, err)
		}
	}
	for _, bad := range []string{`"yesterday"`, `"9999-12-31T23:59:59-12:00"`, `"0000-01-01T00:00:00+12:00"`} {
		var got timestamp.Time
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s became %s", bad, got.AppendJSON(nil))
		}
	}
	for _, edge := range []string{`"9999-12-31T23:59:59.999Z"`, `"0000-01-01T00:00:00.000Z"`} {
		var got timestamp.Time
		if err := json.Unmarshal([]byte(edge), &got); err != nil || string(got.AppendJSON(nil)) != edge {
			t.Errorf("%s became %s, %v", edge, got.AppendJSON(nil), err)
		}
	}
}

// TestJSONIsTheLayout: what is written is what time.Format makes of the layout.
func TestJSONIsTheLayout(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		at = at.In(time.FixedZone("", rapid.IntRange(-50_000, 50_000).Draw(t, "zone")))
		if got, want := string(timestamp.Time{Time: at}.AppendJSON(nil)), at.UTC().Format(`"2006-01-02T15:04:05.000Z"`); got != want && !at.IsZero() {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}
