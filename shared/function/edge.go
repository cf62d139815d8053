package function

import "net/http"

// Edge sets what every answer carries, whatever it answers and whoever writes it: that its type is not to be guessed; that
// it may load nothing, be framed by no page and be kept by no cache, which a page or an asset may say otherwise of itself;
// when to come again, with a 503 and a 429; and, where Secure is set, that the site is to be asked by TLS only. Handler
// has an Edge of its own; what an adapter answers beside it needs one, too.
func (r Runner) Edge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, set := w.(*edge); set {
			next.ServeHTTP(w, req)
			return
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if r.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if len(req.TransferEncoding) > 0 {
			// There may have been a Content-Length, too, which net/http removes without a trace. Then the connection must end
			// with this answer (RFC 9112, section 6.1): what follows may be smuggled.
			h.Set("Connection", "close")
		}
		next.ServeHTTP(&edge{w}, req)
	})
}

// edge adds Retry-After where it is missing.
type edge struct{ http.ResponseWriter }

func (e *edge) WriteHeader(status int) {
	overloaded := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
	if h := e.Header(); overloaded && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "1")
	}
	e.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (e *edge) Unwrap() http.ResponseWriter { return e.ResponseWriter }
