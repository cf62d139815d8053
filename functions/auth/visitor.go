package auth

import (
	"net/http"

	"github.com/gittix/ticketing/shared/clientip"
)

// visitor is where a request comes from.
type visitor struct{ hops clientip.Hops }

// Bind notes the request's way here.
func (v *visitor) Bind(r *http.Request) error {
	v.hops = clientip.Of(r)
	return nil
}
