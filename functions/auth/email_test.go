package auth

import (
	"net/mail"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gittix/ticketing/shared/session"
)

func TestParseEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ada@example.com":                 "ada@example.com",
		" \tAda@EXAMPLE.com\r\n":          "ada@example.com",
		"a.b-c_d+tag@sub.example.com":     "a.b-c_d+tag@sub.example.com",
		"o'brien@example.ie":              "o'brien@example.ie",
		"1@2.34":                          "1@2.34",
		"jürgen@müller.de":                "jürgen@müller.de",
		strings.Repeat("a", 59) + "@b.cd": strings.Repeat("a", 59) + "@b.cd",
		strings.Repeat("é", 59) + "@b.cd": strings.Repeat("é", 59) + "@b.cd",
		"max@XN--BCHER-LADEN-THB.example": "max@bücher-laden.example",
		"jose\u0301@example.com":          "jos\u00e9@example.com",
	} {
		if got, ok := parseEmail(in); !ok || got != want {
			t.Errorf("%q: %q, %v", in, got, ok)
		}
	}
	for _, in := range []string{
		"", "@", "ada", "ada@", "@example.com", "ada@localhost", "ada@.com", "ada@example.", "ada@example..com",
		"ada@-example.com", "ada@example-.com", "a@b@example.com", "a da@example.com", "ada@exam ple.com",
		"ada@exam_ple.com", "ada@[127.0.0.1]", "Ada <ada@example.com>", `"ada"@example.com`, "ada@example.com,eve@example.com",
		"ada(x)@example.com", "a\x00da@example.com", "ada\n@example.com", "ada@example.com\x7f.com", "ada\u200b@example.com",
		"ada\u202e@example.com", "ada@xn--a.example", "☃@example.com", "ada\u00ad@example.com", "ada@exam\u200dple.com", "ada\xff@example.com", "ada@ex\xffample.com", strings.Repeat("a", 60) + "@b.cd",
	} {
		if got, ok := parseEmail(in); ok {
			t.Errorf("%q is taken for %q", in, got)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"ada@example.com", " A@B.CD ", "İ@b.cd", "a\u0301@b.cd", "a@b@c.d", "@.", "\xff@b.cd", "ß@ẞ.ΑΣ", "max@xn--bcher-laden-thb.example", "Ａ@ｂ。ｃｄ", "ǅ@b.cd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, ok := parseEmail(in)
		if !ok {
			return
		}
		if again, ok := parseEmail(s); !ok || again != s {
			t.Errorf("%q becomes %q, which becomes %q, %v", in, s, again, ok)
		}
		name, domain, _ := strings.Cut(s, "@")
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > longestEmail || strings.Count(s, "@") != 1 || name == "" ||
			!strings.Contains(strings.Trim(domain, "."), ".") || strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsFunc(s, unicode.IsControl) {
			t.Errorf("%q is taken for the address %q", in, s)
		}
		// net/mail, a judge of its own, must read the same address, or none: it is stricter about dots.
		if a, err := mail.ParseAddress(s); err == nil && a.Address != s {
			t.Errorf("%q is another address to net/mail: %q", s, a.Address)
		}
	})
}

// TestOneAccountPerAddress: an address is the same however it is typed, and accounts of before that was so are found as they were made.
func TestOneAccountPerAddress(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	const idn, ascii, composed, decomposed = "max@bücher-laden.example", "max@xn--bcher-laden-thb.example", "jos\u00e9@example.com", "jose\u0301@example.com"
	for _, typed := range [][]string{{idn, ascii, "Max@B\u0075\u0308cher-Laden.example", "MAX@XN--BCHER-LADEN-THB.example"}, {decomposed, composed, "JOS\u00c9@EXAMPLE.com"}, {"ada@example.com", "ａｄａ@example.com", "ada@example。com"}} {
		f.said(f.signUp(typed[0], goodPassword), 201, "User created.")
		for _, other := range typed {
			f.said(f.signUp(other, goodPassword), 409, "Email already exists.")
			a := f.said(f.signIn(other, goodPassword, home), 200, welcome)
			if f.known(a.Cookie(session.CookieName)) == nil {
				t.Errorf("%s: no session", other)
			}
		}
	}
	if got := value[[]string](f, `SELECT array_agg(email ORDER BY id) FROM users`); !slices.Equal(got, []string{idn, composed, "ada@example.com"}) {
		t.Errorf("stored %q", got)
	}

	f.exec(`DELETE FROM users`)
	hash, err := f.hashAgain(t.Context(), goodPassword)
	f.Must(err)
	old := "old password of it"
	second, err := f.hashAgain(t.Context(), old)
	f.Must(err)
	for _, stored := range []string{ascii, decomposed, "☃@example.com"} {
		f.exec(`INSERT INTO users (email, password_hash) VALUES ($1, $2)`, stored, hash)
	}
	for _, typed := range []string{ascii, idn, decomposed, composed, "☃@example.com"} {
		a := f.said(f.signIn(typed, goodPassword, home), 200, welcome)
		if f.known(a.Cookie(session.CookieName)) == nil {
			t.Errorf("%s: no session", typed)
		}
	}
	f.said(f.signUp(idn, goodPassword), 409, "Email already exists.")
	f.exec(`INSERT INTO users (email, password_hash) VALUES ($1, $2)`, idn, second) // both were made before
	f.said(f.signIn(ascii, goodPassword, home), 200, welcome)
	f.said(f.signIn(idn, old, home), 200, welcome)
}
