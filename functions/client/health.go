package client

import "net/http"

// Health answers while the site lives. What it needs, it does not ask.
func (s *Site) Health(w http.ResponseWriter, _ *http.Request) {
	writeDocument(w, []byte(`{"status":"ok"}`))
}
