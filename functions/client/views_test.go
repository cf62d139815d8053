package client

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestUSD(t *testing.T) {
	t.Parallel()
	for cents, want := range map[money.Cents]string{
		50:         `<data class="price" value="0.5">$0.50</data>`,
		4250:       `<data class="price" value="42.5">$42.50</data>`,
		100000:     `<data class="price" value="1000">$1,000.00</data>`,
		99999999:   `<data class="price" value="999999.99">$999,999.99</data>`,
		1234567890: `<data class="price" value="12345678.9">$12,345,678.90</data>`,
	} {
		if got := usd(cents); string(got) != want {
			t.Errorf("%d: %s", cents, got)
		}
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	at := timestamp.Of(time.Date(2026, 1, 2, 23, 4, 5, 678e6, time.FixedZone("", -3600)))
	if got, want := string(moment(at)), `<time datetime="2026-01-03T00:04:05.678Z">Jan 3, 2026, 00:04:05 UTC</time>`; got != want {
		t.Error(got)
	}
}
