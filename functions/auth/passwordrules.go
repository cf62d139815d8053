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
	fewestKinds      = 3 // different characters, beside white space
	shortestWord     = 3 // of an e-mail address that a password may not be made of
)

// contextWords are what this service is called: they are guessed here before elsewhere.
var contextWords = []string{"ticketing", "gittix", "tickets", "ticket"}

// commonPasswordsGzip are passwords that are guessed first, one a line, sorted, in lower case, each long enough to be chosen at all;
// commonpasswords.md says where they are from.
//
//go:embed commonpasswords.txt.gz
var commonPasswordsGzip []byte

// passwordRules say which passwords may be chosen.
type passwordRules struct {
	common func() []string // sorted
}

func newPasswordRules() passwordRules {
	return passwordRules{common: sync.OnceValue(readCommonPasswords)}
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

// allow reports whether a new user of that e-mail address may have a password. It may hold any characters; only what is no
// Unicode text is refused: it arrives as U+FFFD, and two such passwords would be one.
func (r passwordRules) allow(password, email string) bool {
	password = normal(password)
	n := utf8.RuneCountInString(password)
	return n >= shortestPassword && n <= longestPassword && !strings.ContainsRune(password, utf8.RuneError) &&
		kinds(password) >= fewestKinds && !r.isCommon(password) && !r.isMadeOf(words(email), password)
}

func kinds(password string) int {
	seen := map[rune]bool{}
	for _, c := range password {
		if !unicode.IsSpace(c) {
			seen[c] = true
		}
	}
	return len(seen)
}

// isCommon ignores case and white space around it: Password1 is no better than password1.
func (r passwordRules) isCommon(password string) bool {
	_, found := slices.BinarySearch(r.common(), strings.ToLower(strings.TrimSpace(password)))
	return found
}

// words are what is known of a user and of this service.
func words(email string) []string {
	name, domain, _ := strings.Cut(email, "@")
	parts := strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	labels := strings.Split(domain, ".")
	all := append([]string{email, name}, parts...)
	all = append(all, labels[:len(labels)-1]...)
	all = append(slices.DeleteFunc(all, func(w string) bool { return utf8.RuneCountInString(w) < shortestWord }), contextWords...)
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) }) // a word before one that it holds
	return all
}

var leet = strings.NewReplacer("0", "o", "1", "i", "!", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t")

// isMadeOf reports whether a password is one of the words, or several, with so little else that it is guessed as soon: Ticketing2026,
// T1cketing!. Words count for nothing; what is left must be a password by itself.
func (r passwordRules) isMadeOf(words []string, password string) bool {
	plain := strings.ToLower(password)
	for _, text := range []string{plain, leet.Replace(plain)} {
		rest := text
		for _, w := range words {
			rest = strings.ReplaceAll(rest, w, "")
		}
		if rest != text && (utf8.RuneCountInString(rest) < shortestPassword || r.isCommon(rest)) {
			return true
		}
	}
	return false
}
