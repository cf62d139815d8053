package api

import (
	"net/http"
	"testing"
)

func TestNextPage(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]int32{
		"": 0,
		`</api/tickets?after=12&limit=20>; rel="next"`:                 12,
		`</api/tickets?limit=20&after=12>; rel="next"`:                 12,
		`<https://tickets.example/api/tickets?q=a&after=12>;rel=next`:  12,
		`</api/tickets?after=12>; rel="prev"`:                          0,
		`</api/tickets?hereafter=12>; rel="next"`:                      0,
		`</api/tickets?after=1>; rel="prev", <?after=2>; rel="next"`:   2,
		`</api/tickets?after=12&limit=20&q=after%3D13>; rel="next"`:    12,
		`</api/tickets?after=12&available=true&limit=20>;  rel="next"`: 12,
	} {
		s := open(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", link)
			_, _ = w.Write([]byte("[]"))
		})
		if l, err := s.Tickets(t.Context(), Search{}); err != nil || l.Next != want {
			t.Errorf("%s: %d, %v", link, l.Next, err)
		}
	}
}
