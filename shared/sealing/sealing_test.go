package sealing_test

import (
	"bytes"
	"testing"

	"github.com/gittix/ticketing/shared/sealing"
)

func keys(t *testing.T, purpose string, secrets ...string) sealing.Keys {
	t.Helper()
	var all [][]byte
	for _, s := range secrets {
		all = append(all, []byte(s))
	}
	k, err := sealing.New(all, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestSealed: what is sealed opens for what it is bound to, by the key that it names, and else not.
func TestSealed(t *testing.T) {
	t.Parallel()
	old := keys(t, "a", "the first secret of this test, long enough")
	s, err := old.Seal("thing/1", "words")
	if err != nil || bytes.Contains(s.Text, []byte("words")) {
		t.Fatal(err)
	}
	both := keys(t, "a", "another secret of this test, long enough", "the first secret of this test, long enough")
	for name, k := range map[string]sealing.Keys{"its key": old, "its key, behind another": both} {
		if text, err := k.Open("thing/1", s); err != nil || text != "words" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	changed := sealing.Sealed{KeyID: s.KeyID, Text: bytes.Clone(s.Text)}
	changed.Text[len(changed.Text)-1] ^= 1
	for name, open := range map[string]func() (string, error){
		"something else": func() (string, error) { return old.Open("thing/2", s) },
		"changed":        func() (string, error) { return old.Open("thing/1", changed) },
		"another purpose": func() (string, error) {
			return keys(t, "b", "the first secret of this test, long enough").Open("thing/1", s)
		},
		"another key": func() (string, error) { return both[:1].Open("thing/1", s) },
	} {
		if text, err := open(); err == nil {
			t.Errorf("%s: opened as %q", name, text)
		}
	}
	if _, err := (sealing.Keys{}).Seal("thing/1", "words"); err == nil {
		t.Error("sealed without a key")
	}
}
