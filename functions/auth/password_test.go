package auth

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

func TestPasswordHashes(t *testing.T) {
	t.Parallel()
	p := newPasswords(Peppers{"pepper"})
	one, err := p.hashed(t.Context(), p.signIns, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	two, err := p.hashed(t.Context(), p.signIns, goodPassword)
	if err != nil || one == two {
		t.Errorf("two hashes are the same, %v", err)
	}
	if p.isOutdated(one) || !p.isOutdated(bcryptDecoy) || !p.isOutdated(strings.Replace(one, "t=2", "t=1", 1)) {
		t.Error("outdated is what costs other than today's")
	}
	for name, c := range map[string]struct {
		p        *passwords
		password string
		hash     string
		want     bool
	}{
		"right":        {p, goodPassword, one, true},
		"wrong":        {p, "something else", one, false},
		"other pepper": {newPasswords(Peppers{"salt"}), goodPassword, one, false},
		"other cost":   {p, goodPassword, strings.Replace(one, "t=2", "t=1", 1), false},
		"no hash":      {p, goodPassword, "", false},
	} {
		for _, bcrypts := range []bool{false, true} {
			if ok, err := c.p.checks(t.Context(), c.password, c.hash, bcrypts); ok != c.want || err != nil {
				t.Errorf("%s: %v, %v", name, ok, err)
			}
		}
	}
}

func TestUnknownHashIsAnError(t *testing.T) {
	t.Parallel()
	p := newPasswords(Peppers{"pepper"})
	good := decoy().String()
	if _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{
		"x", "$", "$2b$10$short", "$argon2i$" + strings.TrimPrefix(good, "$argon2id$"),
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "p=1", "p=0", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "m=19456", "m=4294967295", 1),
		good[:strings.LastIndex(good, "$")+1], good + "!",
	} {
		if ok, err := p.checks(t.Context(), goodPassword, hash, false); ok || err == nil {
			t.Errorf("%q: %v, %v", hash, ok, err)
		}
	}
}

// TestPeppers: the first hashes, all verify, and hashes move to the first; those of before peppers had ids are of any of them.
func TestPeppers(t *testing.T) {
	t.Parallel()
	old, both, swapped := newPasswords(Peppers{"old"}), newPasswords(Peppers{"new", "old"}), newPasswords(Peppers{"old", "new"})
	hash := func(p *passwords) string {
		h, err := p.hashed(t.Context(), p.signIns, goodPassword)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	ofOld, ofNew := hash(old), hash(both)
	unnamed := func(h string) string {
		return h[:strings.Index(h, ",keyid=")] + h[strings.LastIndex(h[:strings.LastIndex(h, "$")], "$"):]
	}
	for name, c := range map[string]struct {
		p               *passwords
		hash            string
		right, outdated bool
	}{
		"of the first":                       {both, ofNew, true, false},
		"of the second":                      {both, ofOld, true, true},
		"of one to come":                     {swapped, ofNew, true, true},
		"of one that is gone":                {old, ofNew, false, true},
		"of before ids":                      {old, unnamed(ofOld), true, true},
		"of before ids, since the second":    {both, unnamed(ofOld), true, true},
		"of before ids, where one may come":  {swapped, unnamed(ofOld), true, true},
		"of before ids, of one that is gone": {old, unnamed(ofNew), false, true},
	} {
		if ok, err := c.p.checks(t.Context(), goodPassword, c.hash, false); ok != c.right || err != nil || c.p.isOutdated(c.hash) != c.outdated {
			t.Errorf("%s: %v, %v; outdated: %v", name, ok, err, c.p.isOutdated(c.hash))
		}
		if ok, err := c.p.checks(t.Context(), "something else", c.hash, false); ok || err != nil {
			t.Errorf("%s: a wrong password is %v, %v", name, ok, err)
		}
	}
	var list Peppers
	for text, want := range map[string]string{"one": "one", " new \n old ": "new|old| new \n old ", "with a space": "with|a|space|with a space", "one ": "one|one "} {
		if err := list.UnmarshalText([]byte(text)); err != nil || strings.Join(list, "|") != want {
			t.Errorf("%q is the list %q, %v", text, list, err)
		}
	}
}

// TestNormalPassword: a password is the same on every keyboard, as PRECIS has it.
func TestNormalPassword(t *testing.T) {
	t.Parallel()
	for _, password := range []string{goodPassword, "pass\u00a0w\u3000ord", "caf\u00e9 caf\u0065\u0301", "\uac00\u1100\u1161", "Ｆｕｌｌ ｗｉｄｔｈ", "ﬁne", "🎟 ticket"} {
		want, err := precis.OpaqueString.String(password)
		if got := normal(password); err != nil || got != want {
			t.Errorf("%q is normally %q, want %q (%v)", password, got, want, err)
		}
	}
	p := newPasswords(Peppers{"pepper"})
	const typed = "caf\u0065\u0301 \u00a0 olé"
	h, err := p.hashed(t.Context(), p.signIns, typed)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{typed, norm.NFC.String(typed), norm.NFD.String(typed), "caf\u00e9   olé"} {
		if ok, err := p.checks(t.Context(), other, h, false); !ok || err != nil {
			t.Errorf("%q: %v, %v", other, ok, err)
		}
	}
	// A hash of before is of what was typed.
	before := decoy()
	before.key = p.derive(try{p.peppers[0], typed, false}, before, keyLen)
	for password, want := range map[string]bool{typed: true, norm.NFC.String(typed): false} {
		if ok, err := p.checks(t.Context(), password, before.String(), false); ok != want || err != nil {
			t.Errorf("%q, of before: %v, %v", password, ok, err)
		}
	}
}

// hashed is what the handlers do for a new password.
func (p *passwords) hashed(ctx context.Context, q queue, password string) (string, error) {
	place, err := q.join()
	if err != nil {
		return "", err
	}
	return p.hash(ctx, place, password)
}

// checks is what the handlers do for a guess.
func (p *passwords) checks(ctx context.Context, password, hash string, bcrypts bool) (bool, error) {
	place, err := p.signIns.join()
	if err != nil {
		return false, err
	}
	return p.check(ctx, place, password, hash, bcrypts)
}
