package auth

import "net/http"

// Session is the reply of whatever opens or ends one: a message, and a cookie beside it.
type Session struct {
	Message string `json:"message"`
	cookie  *http.Cookie
}

// Respond sets the cookie.
func (s Session) Respond(h http.Header, status int) int {
	h.Add("Set-Cookie", s.cookie.String())
	return status
}

func (a *Auth) open(id int32, email, message string) (Session, error) {
	cookie, err := a.keys.Issue(id, email)
	return Session{Message: message, cookie: cookie}, err
}
