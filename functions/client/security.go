package client

import (
	"crypto/rand"
	"net/http"
)

// secured sets what every answer of the site carries.
func (s *Site) secured(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next(w, r)
	}
}

// newNonce returns what this answer's own scripts and styles are known by.
func newNonce() string { return rand.Text() }

// policy is a page's Content-Security-Policy. Stripe's hosts are let in only where a card is asked for.
func policy(nonce string, stripe bool) string {
	scripts, connect, frames, images := "", "", "", ""
	if stripe {
		scripts = " https://js.stripe.com https://*.js.stripe.com"
		connect = " https://api.stripe.com"
		frames = "; frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
		images = " https://*.stripe.com"
	}
	return "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" +
		"; script-src 'nonce-" + nonce + "'" + scripts +
		"; style-src 'nonce-" + nonce + "'" +
		"; connect-src 'self'" + connect +
		"; img-src 'self'" + images + frames
}
