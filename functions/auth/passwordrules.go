package auth

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// What a password may be, in characters.
const (
	shortestPassword = 8
	longestPassword  = 128
	fewestKinds      = 3 // different characters, as passwords are compared
	shortestWord     = 3 // of an e-mail address that a password may not be made of
	shortestStem     = 4 // of a common password
)

// contextWords are what this service is called: they are guessed here before elsewhere.
var contextWords = []string{"marketplace", "ticketing", "gittix", "tickets", "ticket"}

// commonPasswordsGzip are passwords that are guessed first, one a line, sorted, in lower case, each long enough to be chosen at all;
// commonpasswords.md says where they are from.
//
//go:embed commonpasswords.txt.gz
var commonPasswordsGzip []byte

// passwordRules say which passwords may be chosen.
type passwordRules struct {
	common func() []string // plain, sorted
}

func newPasswordRules() passwordRules {
	return passwordRules{common: sync.OnceValue(func() []string { return withStems(readCommonPasswords()) })}
}

func readCommonPasswords() []string {
	r, err := gzip.NewReader(bytes.NewReader(commonPasswordsGzip))
	if err != nil {
		panic(err) // a file of this package's own
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// withStems returns passwords as they are compared, with what each is without the digits and signs around it: who chose welcome1
// there chooses welcome2026 here.
func withStems(passwords []string) (all []string) {
	for _, password := range passwords {
		p := plain(password)
		all = append(all, p)
		if s := stem(p); utf8.RuneCountInString(s) >= shortestStem {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// allow reports whether a new user of that e-mail address may have a password. It may hold any characters, of which those that show
// nothing do not make it longer; only what is no Unicode text is refused: it arrives as U+FFFD, and two such passwords would be one.
func (r passwordRules) allow(password, email string) bool {
	password = normal(password)
	if utf8.RuneCountInString(strings.Map(shown, password)) < shortestPassword || utf8.RuneCountInString(password) > longestPassword ||
		strings.ContainsRune(password, utf8.RuneError) || kinds(plain(password)) < fewestKinds {
		return false
	}
	known := words(email)
	return !slices.ContainsFunc(folded(password), func(p string) bool { return r.isCommon(p) || r.isMadeOf(known, p) })
}

func kinds(password string) int {
	seen := map[rune]bool{}
	for _, c := range password {
		seen[c] = true
	}
	return len(seen)
}

// isCommon reports whether a plain password is guessed first, perhaps with other digits and signs around it, or twice.
func (r passwordRules) isCommon(password string) bool {
	return slices.ContainsFunc([]string{password, stem(password), once(stem(password))}, func(p string) bool {
		_, found := slices.BinarySearch(r.common(), p)
		return found
	})
}

// words are what is known of a user and of this service, plain.
func words(email string) []string {
	name, domain, _ := strings.Cut(email, "@")
	parts := strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	labels := strings.Split(domain, ".")
	all := append([]string{email, name}, parts...)
	all = append(all, labels[:len(labels)-1]...)
	for i, w := range all {
		all[i] = plain(w)
	}
	all = append(slices.DeleteFunc(all, func(w string) bool { return utf8.RuneCountInString(w) < shortestWord }), contextWords...)
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) }) // a word before one that it holds
	return all
}

// isMadeOf reports whether a plain password is one of the words, or several, with so little else that it is guessed as soon:
// ticketing2026. Words count for nothing; what is left must be a password by itself.
func (r passwordRules) isMadeOf(words []string, password string) bool {
	rest := password
	for _, w := range words {
		rest = strings.ReplaceAll(rest, w, "")
	}
	return rest != password && (utf8.RuneCountInString(rest) < shortestPassword || r.isCommon(rest))
}
