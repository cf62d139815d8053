package auth

import "testing"

func TestSweepSessions(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.exec(t, `INSERT INTO revoked_tokens VALUES ('old', now() - interval '1 second'), ('live', now() + interval '1 hour')`)
	s.exec(t, `INSERT INTO signin_attempts VALUES ('old', 1, now() - interval '1 second'), ('live', 1, now() + interval '1 hour')`)
	if err := s.SweepSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"SELECT hash FROM revoked_tokens", "SELECT key FROM signin_attempts"} {
		if left := value[[]byte](t, s, table); string(left) != "live" {
			t.Errorf("%s left %q", table, left)
		}
	}
}
