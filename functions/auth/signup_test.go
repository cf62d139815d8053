package auth

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestSignUp(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	a := s.signUp(t, "  Ada@Example.COM ", goodPassword).want(t, 201, "User created.")
	if c := a.cookie; c == nil || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 86400 || c.Path != "/" {
		t.Fatalf("cookie %v", c)
	}
	c := s.currentUser(t, a.cookie)
	if c == nil || c.Subject != goodEmail || c.ID != "1" || !c.Permissions.Authenticated || c.Issuer != "auth-api" || c.Audience != "ticketing-frontend" {
		t.Errorf("claims %+v", c)
	}
	hash := value[string](t, s, `SELECT password_hash FROM users`)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q", hash)
	}
	s.signUp(t, "ADA@example.com", "another good one").want(t, 409, "Email already exists.")
}

func TestSignUpRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	json := func(email, password string) string { return credentials(t, email, password) }
	for name, c := range map[string]struct {
		body    string
		status  int
		message string
	}{
		"not JSON":            {`{"email":`, 400, "Invalid JSON."},
		"a list":              {`[]`, 400, "Invalid JSON."},
		"not UTF-8":           {"{\"email\":\"a@b.cd\",\"password\":\"long enough \xff\"}", 400, "Invalid JSON."},
		"too large":           {json(goodEmail, strings.Repeat("x", 1<<20)), 413, "Request body is too large."},
		"null":                {`null`, 400, "Invalid credentials."},
		"nothing":             {`{}`, 400, "Invalid credentials."},
		"no password":         {`{"email":"a@b.cd"}`, 400, "Invalid credentials."},
		"no e-mail":           {`{"password":"long enough"}`, 400, "Invalid credentials."},
		"e-mail is a number":  {`{"email":1,"password":"long enough"}`, 400, "Invalid credentials."},
		"e-mail is an object": {`{"email":{"$ne":""},"password":"long enough"}`, 400, "Invalid credentials."},
		"password is a list":  {`{"email":"a@b.cd","password":["long enough"]}`, 400, "Invalid credentials."},
		"password is null":    {`{"email":"a@b.cd","password":null}`, 400, "Invalid credentials."},
		"password is true":    {`{"email":"a@b.cd","password":true}`, 400, "Invalid credentials."},
		"half a character":    {`{"email":"a@b.cd","password":"\ud800 long enough"}`, 400, "Invalid credentials."},
		"NUL in e-mail":       {`{"email":"a\u0000@b.cd","password":"long enough"}`, 400, "Invalid credentials."},
		"e-mail malformed":    {json("a@localhost", "long enough"), 400, "Invalid credentials."},
		"e-mail too long":     {json(strings.Repeat("a", 60)+"@b.cd", "long enough"), 400, "Invalid credentials."},
		"password short":      {json(goodEmail, "7 chars"), 400, "Invalid credentials."},
		"short in characters": {json(goodEmail, "ééééééé"), 400, "Invalid credentials."},
		"password long":       {json(goodEmail, strings.Repeat("é", 129)), 400, "Invalid credentials."},
		"common":              {json(goodEmail, "password123"), 400, "Invalid credentials."},
		"common in capitals":  {json(goodEmail, "PassWord123"), 400, "Invalid credentials."},
		"password is e-mail":  {json(goodEmail, "ADA@example.com"), 400, "Invalid credentials."},
		"password is name":    {json("ada.lovelace@example.com", "Ada.Lovelace"), 400, "Invalid credentials."},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.call(t, "POST", "/api/users/signup", c.body, nil).want(t, c.status, c.message)
			if a.cookie != nil {
				t.Error("a session for a refused user")
			}
		})
	}
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	s.call(t, "POST", "/api/users/signup", "email=a", form).want(t, 415, "Content-Type must be application/json.")
	if n := value[int](t, s, `SELECT count(*) FROM users`); n != 0 {
		t.Errorf("%d users", n)
	}
}

func TestSignUpAccepts(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for i, password := range []string{
		"8 chars!", strings.Repeat("é", 128), strings.Repeat("🎟", 128), "with \x00 and \t inside", "   spaces   ", "пароль-для-Ады",
	} {
		email := fmt.Sprintf("u%d@example.com", i)
		s.signUp(t, email, password).want(t, 201, "User created.")
		s.signIn(t, email, password, "192.0.2.1").want(t, 200, "User logged in.")
		s.signIn(t, email, password+" ", "192.0.2.1").want(t, 400, "Invalid credentials.")
	}
}

func TestSignUpsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	const rivals = 16
	answers := make([]answer, rivals)
	var all sync.WaitGroup
	for i := range rivals {
		all.Go(func() { answers[i] = s.signUp(t, goodEmail, fmt.Sprintf("my own secret %d", i)) })
	}
	all.Wait()
	won := 0
	for i, a := range answers {
		switch {
		case a.status == http.StatusCreated:
			won++
			s.signIn(t, goodEmail, fmt.Sprintf("my own secret %d", i), "192.0.2.1").want(t, 200, "User logged in.")
		default:
			a.want(t, 409, "Email already exists.")
		}
	}
	if won != 1 {
		t.Errorf("%d of %d signed up", won, rivals)
	}
}
