package client

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestWords(t *testing.T) {
	t.Parallel()
	check := func(what any, got, want string) {
		if got != want {
			t.Errorf("%v: %q, not %q", what, got, want)
		}
	}
	for typed, want := range map[string]string{
		"42": "42", " 42.50 ": "42.50", "$42.50": "42.50", "$ 42": "42", "42,50 $": "42.50", "42,5": "42.5", "1,234.50": "1234.50", "1,234,567": "1234567",
		"1,234": "1234", "": "", "free": "free", "-5": "-5", "1.234,50": "1.234,50", "1e3": "1e3", "4,2,1": "4,2,1",
	} {
		check(typed, plainPrice(typed), want)
	}
	for d, want := range map[time.Duration]string{
		0: "later", time.Second: "in 1 second", 1500 * time.Millisecond: "in 2 seconds", time.Minute: "in 1 minute",
		61 * time.Second: "in 2 minutes", 15 * time.Minute: "in 15 minutes", time.Hour: "in 1 hour", 90 * time.Minute: "in 2 hours",
	} {
		check(d, in(d), want)
	}
	for cents, want := range map[money.Cents]string{
		50:         `<data class="price" value="0.5">$0.50</data>`,
		4250:       `<data class="price" value="42.5">$42.50</data>`,
		99999999:   `<data class="price" value="999999.99">$999,999.99</data>`,
		1234567890: `<data class="price" value="12345678.9">$12,345,678.90</data>`,
	} {
		check(cents, string(usd(cents)), want)
	}
	at := timestamp.Of(time.Date(2026, 1, 2, 23, 4, 5, 678e6, time.FixedZone("", -3600)))
	check(at, string(moment(at)), `<time datetime="2026-01-03T00:04:05.678Z">Jan 3, 2026, 00:04:05 UTC</time>`)
}
