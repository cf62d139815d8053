package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const longestEmail = 64 // characters

// parseEmail returns an e-mail address as accounts are known by it, trimmed and in lower case, and whether
// it is one. It takes a plain address only: no display name, no quotes, no comment, no IP address.
func parseEmail(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	name, domain, _ := strings.Cut(s, "@")
	ok := utf8.RuneCountInString(s) <= longestEmail &&
		name != "" && strings.IndexFunc(name, notInName) < 0 && isDomain(domain)
	return s, ok
}

func notInName(r rune) bool {
	return !unicode.IsPrint(r) || r == utf8.RuneError || strings.ContainsRune(` "(),:;<>[\]@`, r)
}

// isDomain wants two labels at least, of letters, digits and inner hyphens.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || l[0] == '-' || l[len(l)-1] == '-' || strings.IndexFunc(l, notInLabel) >= 0 {
			return false
		}
	}
	return len(labels) > 1
}

func notInLabel(r rune) bool {
	return r != '-' && !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
}
