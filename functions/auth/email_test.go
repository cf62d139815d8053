package auth

import (
	"net/mail"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
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
		"ada\u202e@example.com", "ada\xff@example.com", "ada@ex\xffample.com", strings.Repeat("a", 60) + "@b.cd",
	} {
		if got, ok := parseEmail(in); ok {
			t.Errorf("%q is taken for %q", in, got)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"ada@example.com", " A@B.CD ", "İ@b.cd", "a\u0301@b.cd", "a@b@c.d", "@.", "\xff@b.cd", "ß@ẞ.ΑΣ"} {
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
