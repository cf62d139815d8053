package tickets_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/event"
)

func TestTitles(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"Opera"`: "Opera", `" \t Opera, 2 \n "`: "Opera, 2", `"<b>'; DROP--"`: "<b>'; DROP--", `"é 🎫 \u2028"`: "é 🎫", // a line separator is space
		`"` + strings.Repeat("é", 255) + `"`: strings.Repeat("é", 255), `"` + strings.Repeat("é", 256) + `"`: "",
		`""`: "", `" \n\t "`: "", `"a\u0000b"`: "", `"a\nb"`: "", `"a\u007fb"`: "", `"a\u0085b"`: "", `null`: "", `7`: "", `["Opera"]`: "",
		`"Cafe\u0301"`: "Café", `"\u200b"`: "", `"\u3164"`: "", `"\ufeff"`: "", `"\u00ad"`: "", `"Opera\u202etxt"`: "", `"a\u2028b"`: "", // package text has more
	} {
		o, err := read(`{"price":1,"title":` + in + `}`)
		if want == "" && !errors.Is(err, tickets.ErrInvalidTitle) || want != "" && (err != nil || string(o.Title) != want) {
			t.Errorf("%s: %q, %v; want %q", in, o.Title, err, want)
		}
	}
	if _, err := read(`{"price":0}`); !errors.Is(err, tickets.ErrInvalidTitle) {
		t.Errorf("no title: %v", err)
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		`0.5`: 50, `0.50`: 50, `"0.5"`: 50, `12`: 1200, `12.3`: 1230, `"12.34"`: 1234, `" 12 "`: 1200, `999999`: 99999900, `999999.99`: 99999999,
		`0.49`: 0, `0`: 0, `-1`: 0, `"-1"`: 0, `-0.5`: 0, `1000000`: 0, `999999.999`: 0, `12.345`: 0, `0.500`: 0, `1e3`: 0, `"1e3"`: 0, `"1,5"`: 0,
		`"0x10"`: 0, `"+1"`: 0, `".5"`: 0, `"5."`: 0, `""`: 0, `" "`: 0, `"NaN"`: 0, `"Infinity"`: 0, `"1 2"`: 0, `"١"`: 0, `null`: 0, `true`: 0,
		`[1]`: 0, `{}`: 0, `99999999999999999999`: 0, `1e400`: 0, `"1\u0000"`: 0, `"007"`: 0, `"00.50"`: 0, `"00"`: 0, `"01.5"`: 0,
	} {
		o, err := read(`{"title":"Opera","price":` + in + `}`)
		mine := tickets.Ticket{Ticket: event.Ticket{UserID: 1}}
		if want == 0 && !errors.Is(err, tickets.ErrInvalidPrice) || want != 0 && (err != nil || mine.Change(1, o, time.Now()) != nil || int64(mine.Price) != want) {
			t.Errorf("%s: %v, %d cents; want %d", in, err, mine.Price, want)
		}
	}
	if _, err := read(`{"title":"Opera"}`); !errors.Is(err, tickets.ErrInvalidPrice) {
		t.Errorf("no price: %v", err)
	}
}
