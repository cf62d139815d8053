package auth

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

const longestEmail = 64 // characters

// parseEmail returns an e-mail address as accounts are known by it, and whether it is one. It takes a plain address only: no
// display name, no quotes, no comment, no IP address.
//
// However it is typed, an account has one form: the name as by UsernameCaseMapped of PRECIS (RFC 8265), the domain in Unicode as by
// IDNA. So the xn--… that a browser sends is the domain that its owner types, and é of one code point is é of two.
func parseEmail(s string) (string, bool) {
	name, domain, _ := strings.Cut(strings.TrimSpace(s), "@")
	name, badName := precis.UsernameCaseMapped.String(name)
	domain, badDomain := idna.Lookup.ToUnicode(domain)
	s = name + "@" + domain
	return s, badName == nil && badDomain == nil && isEmail(s)
}

// plainEmail is how addresses were read before: trimmed, and in lower case.
func plainEmail(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	return s, isEmail(s)
}

// spellings returns the forms under which the account of an address may be stored, the likeliest first: accounts of before
// parseEmail have their address as it was typed.
func spellings(typed, email string) []string {
	plain, _ := plainEmail(typed)
	all := []string{plain, email}
	name, domain, _ := strings.Cut(email, "@")
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		ascii = domain
	}
	for _, n := range []string{name, norm.NFD.String(name)} {
		for _, d := range []string{domain, ascii, norm.NFD.String(domain)} {
			all = append(all, n+"@"+d)
		}
	}
	var distinct []string
	for _, s := range all {
		if !slices.Contains(distinct, s) {
			distinct = append(distinct, s)
		}
	}
	return distinct
}

func isEmail(s string) bool {
	name, domain, _ := strings.Cut(s, "@")
	return utf8.RuneCountInString(s) <= longestEmail && name != "" && strings.IndexFunc(name, notInName) < 0 && isDomain(domain)
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
