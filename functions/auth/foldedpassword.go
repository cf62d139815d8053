package auth

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// leets put letters for the digits and signs that look like them.
var leets = []*strings.Replacer{leet("i"), leet("l")}

func leet(one string) *strings.Replacer {
	return strings.NewReplacer("0", "o", "1", one, "!", one, "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t")
}

// folded returns what a password may stand for, plain: itself, once if it is written twice, and with letters for the digits and
// signs that look like them. Those in front and at the end may also be what they are: the last of l3tm31n! is no letter.
func folded(password string) []string {
	p := plain(password)
	all := []string{p}
	for _, q := range []string{p, once(p)} {
		start, end := core(q)
		for _, letters := range leets {
			all = append(all, q, letters.Replace(q), letters.Replace(q[:end])+q[end:], q[:start]+letters.Replace(q[start:end])+q[end:])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// plain is how passwords are compared: in lower case, with neither marks, white space nor what shows nothing, and the same for all
// widths and styles of a letter.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsMark(r) || unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return shown(r)
	}, norm.NFKD.String(s))
	return norm.NFC.String(strings.ToLower(s))
}

// shown drops what is by default ignored where text is shown.
func shown(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return -1
	}
	return r
}

// core is where a password's letters begin and end.
func core(s string) (start, end int) {
	start = max(0, strings.IndexFunc(s, unicode.IsLetter))
	last := strings.LastIndexFunc(s, unicode.IsLetter)
	if last < 0 {
		return 0, len(s)
	}
	_, size := utf8.DecodeRuneInString(s[last:])
	return start, last + size
}

// stem is a plain password without the digits and signs around it, unless these are enough to be a password.
func stem(s string) string {
	start, end := core(s)
	if utf8.RuneCountInString(s[:start])+utf8.RuneCountInString(s[end:]) >= shortestPassword {
		return s
	}
	return s[start:end]
}

// once is a text that is written twice in a row.
func once(s string) string {
	if half := s[:len(s)/2]; half+half == s {
		return half
	}
	return s
}
