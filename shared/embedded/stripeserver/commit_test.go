package stripeserver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// A change that cannot be written down did not happen, and was not answered.
func TestNothingHappensWithoutTheJournal(t *testing.T) {
	t.Parallel()
	s, err := Open(Config{Path: filepath.Join(t.TempDir(), "stripe.jsonl")})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.journal.file.Close(); err != nil { // the disk goes away
		t.Fatal(err)
	}
	for range 2 { // the second is no replay of the first
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/payment_methods", strings.NewReader("type=card&card[token]=tok_visa"))
		req.Header.Set("Authorization", "Bearer sk_test_x")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Idempotency-Key", "key")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "api_error") || w.Header().Get("Idempotent-Replayed") != "" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if len(s.books.methods)+len(s.books.answers) != 0 {
		t.Errorf("it happened: %+v", s.books)
	}
	if err := s.Close(context.Background()); err == nil {
		t.Error("Close says that the journal is fine")
	}
}
