package auth

import (
	_ "embed"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// What a password may be, in characters, and the longest that is looked at, in bytes.
const (
	shortestPassword = 8
	longestPassword  = 128
	longestPresented = 4096
)

var (
	errInvalidCredentials = apierror.New(http.StatusBadRequest, "Invalid credentials.")
	errEmailExists        = apierror.New(http.StatusConflict, "Email already exists.")
	errTooManyAttempts    = apierror.New(http.StatusTooManyRequests, "Too many attempts.")
)

// Credentials are what a person signs up or in with.
type Credentials struct {
	Email    function.LooseString `json:"email" format:"email" maxLength:"64" example:"ada@example.com"` // its domain has a dot
	Password function.LooseString `json:"password" example:"correct horse battery"`                      // of a new user: 8 to 128 characters, not a common one, and not the e-mail address
}

// chosen applies the rules for new accounts. A password may hold any characters and is taken as it is: not
// trimmed and not normalized, so an é of one code point differs from an é of two. Only what is no Unicode
// text is refused: it arrives as U+FFFD, and two such passwords would be one. The error names what is wrong,
// which says nothing about other accounts.
func (c Credentials) chosen(common commonPasswords) (email, password string, err error) {
	email, ok := parseEmail(string(c.Email))
	password = string(c.Password)
	n := utf8.RuneCountInString(password)
	invalid := errInvalidCredentials
	if !ok {
		invalid = invalid.On("email", "Invalid email.")
	}
	if n < shortestPassword || n > longestPassword || strings.ContainsRune(password, utf8.RuneError) ||
		common.has(password) || isOwnName(password, email) {
		invalid = invalid.On("password", "Invalid password.")
	}
	if len(invalid.Fields) > 0 {
		return "", "", invalid
	}
	return email, password, nil
}

// presented applies what any account meets, however old: the rules of its day for passwords were others.
func (c Credentials) presented() (email, password string, err error) {
	email, ok := parseEmail(string(c.Email))
	if !ok || c.Password == "" || len(c.Password) > longestPresented {
		return "", "", errInvalidCredentials
	}
	return email, string(c.Password), nil
}

//go:embed commonpasswords.txt
var commonPasswordsText string // one password a line, in lower case, each long enough to be chosen at all

// commonPasswords are those that are guessed first.
type commonPasswords map[string]struct{}

func readCommonPasswords() commonPasswords {
	c := commonPasswords{}
	for line := range strings.Lines(commonPasswordsText) {
		c[strings.TrimSpace(line)] = struct{}{}
	}
	return c
}

// has ignores case: Password1 is no better than password1.
func (c commonPasswords) has(password string) bool {
	_, ok := c[strings.ToLower(password)]
	return ok
}

// isOwnName reports whether a password is the e-mail address or the part before its @.
func isOwnName(password, email string) bool {
	name, _, _ := strings.Cut(email, "@")
	return strings.EqualFold(password, email) || strings.EqualFold(password, name)
}
