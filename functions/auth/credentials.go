package auth

import (
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// longestPresented is the longest password that is looked at, in bytes.
const longestPresented = 4096

var (
	errInvalidCredentials = apierror.New(http.StatusBadRequest, "Invalid credentials.")
	errEmailExists        = apierror.New(http.StatusConflict, "Email already exists.")
	errTooManyAttempts    = apierror.New(http.StatusTooManyRequests, "Too many attempts.")
)

// Credentials are what a person signs up or in with.
type Credentials struct {
	Email    function.LooseString `json:"email" format:"email" maxLength:"64" example:"ada@example.com"` // its domain has a dot
	Password function.LooseString `json:"password" example:"correct horse battery"`                      // of a new user: 8 to 128 characters (invisible ones do not make it longer), not a common one, and not made of the e-mail address or the name of this service, however these are written
}

// account is whose account a request is about.
type account struct {
	email     string   // in its one form
	spellings []string // under which it may be stored
}

// chosen applies the rules for new accounts. The error names what is wrong, which says nothing about other accounts.
func (c Credentials) chosen(rules passwordRules) (who account, password string, err error) {
	email, ok := parseEmail(string(c.Email))
	invalid := errInvalidCredentials
	if !ok {
		invalid = invalid.On("email", "Invalid email.")
	}
	if !rules.allow(string(c.Password), email) {
		invalid = invalid.On("password", "Invalid password.")
	}
	if len(invalid.Fields) > 0 {
		return who, "", invalid
	}
	return account{email, spellings(string(c.Email), email)}, string(c.Password), nil
}

// presented applies what any account meets, however old: the rules of its day were others.
func (c Credentials) presented() (who account, password string, err error) {
	if c.Password == "" || len(c.Password) > longestPresented {
		return who, "", errInvalidCredentials
	}
	who, ok := whose(string(c.Email))
	if !ok {
		return who, "", errInvalidCredentials
	}
	return who, string(c.Password), nil
}

// whose returns whose account an address is, however old that may be, and whether it is one.
func whose(typed string) (who account, ok bool) {
	email, ok := parseEmail(typed)
	if !ok {
		email, ok = plainEmail(typed)
	}
	if !ok {
		return who, false
	}
	return account{email, spellings(typed, email)}, true
}
