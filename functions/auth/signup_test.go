package auth

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

func TestSignUp(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	c := f.said(f.signUp("  Ada@Example.COM ", goodPassword), 201, "User created.").Cookie(session.CookieName)
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 86400 || c.Path != "/" {
		t.Errorf("cookie %v", c)
	}
	if c := f.known(c); c == nil || c.Subject != goodEmail || c.ID != "1" || !c.Permissions.Authenticated || c.Issuer != "auth-api" || c.Audience != "ticketing-frontend" {
		t.Errorf("claims %+v", c)
	}
	if hash := value[string](f, `SELECT password_hash FROM users`); !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1,keyid=") {
		t.Errorf("hash %q", hash)
	}
	f.said(f.signUp("ADA@example.com", "another good one"), 409, "Email already exists.")
	for i, password := range []string{
		"8 chars!", strings.Repeat("aé🎟", 42), "with \x00 and \t inside", "   spaces   ", "пароль-для-Ады",
	} {
		email := fmt.Sprintf("u%d@example.com", i)
		f.said(f.signUp(email, password), 201, "User created.")
		f.said(f.signIn(email, password, home), 200, welcome)
		f.said(f.signIn(email, password+" ", home), 400, invalid)
	}
}

func TestSignUpRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for body, message := range map[string]string{
		`{"email":`: "Invalid JSON.",
		"{\"email\":\"a@b.cd\",\"password\":\"long enough \xff\"}": "Invalid JSON.",
		`null`: invalid, `{}`: invalid, `{"email":"a@b.cd"}`: invalid, `{"password":"long enough"}`: invalid,
		`{"email":{"$ne":""},"password":"long enough"}`:          invalid,
		`{"email":"a@b.cd","password":["long enough"]}`:          invalid,
		`{"email":"a@b.cd","password":"\ud800 long enough"}`:     invalid, // half a character
		`{"email":"a\u0000@b.cd","password":"long enough"}`:      invalid,
		credentials("a@localhost", "long enough"):                invalid,
		credentials(strings.Repeat("a", 60)+"@b.cd", "long one"): invalid,
		credentials(goodEmail, "7 chars"):                        invalid,
		credentials(goodEmail, "ééééééé"):                        invalid,
		credentials(goodEmail, strings.Repeat("é", 129)):         invalid,
		credentials(goodEmail, "PassWord123"):                    invalid, // a common one
		credentials(goodEmail, "ADA@example.com"):                invalid,
		credentials("ada.lovelace@example.com", "Ada.Lovelace"):  invalid,
	} {
		f.said(f.Call(0, "POST", "/api/users/signup", body), 400, message)
	}
	for body, fields := range map[string]string{ // what is wrong is named, but not to one who signs in
		credentials("a@localhost", goodPassword): `"fields":[{"name":"email","message":"Invalid email."}]}`,
		credentials(goodEmail, "short"):          `"fields":[{"name":"password","message":"Invalid password."}]}`,
		credentials("a", "b"):                    `"fields":[{"name":"email","message":"Invalid email."},{"name":"password","message":"Invalid password."}]}`,
	} {
		if a := f.Call(0, "POST", "/api/users/signup", body); !strings.HasSuffix(a.Body, fields) {
			t.Errorf("%s: %s, want %s", body, a.Body, fields)
		}
		if a := f.Call(0, "POST", "/api/users/signin", body); strings.Contains(a.Body, "fields") {
			t.Errorf("%s: %s", body, a.Body)
		}
	}
	if n := value[int](f, `SELECT count(*) FROM users`); n != 0 {
		t.Errorf("%d users", n)
	}
}

// TestSignUpsPerAddress: those that ask whether there is an account count, those that nothing is known of do not.
func TestSignUpsPerAddress(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNUPS_PER_ADDRESS": "3"})
	from := func(address, email, password string) functiontest.Answer {
		return f.Send("POST", "/api/users/signup", credentials(email, password), http.Header{"X-Forwarded-For": {address}})
	}
	for range 4 {
		f.said(from(home, goodEmail, "password"), 400, invalid)
	}
	f.said(from(home, goodEmail, goodPassword), 201, "User created.")
	for range 2 {
		f.said(from(home, goodEmail, goodPassword), 409, "Email already exists.")
	}
	if a := f.said(from(home, "eve@example.com", goodPassword), 429, tooMany); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	f.said(from("192.0.2.2", "eve@example.com", goodPassword), 201, "User created.")
	f.said(f.signIn(goodEmail, goodPassword, home), 200, welcome) // that is another budget

	places := f.passwords.signUps.places
	for range cap(places) {
		places <- struct{}{}
	}
	for range 4 {
		if a := f.said(from("192.0.2.3", "max@example.com", goodPassword), 503, "Service unavailable."); a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	for range cap(places) {
		<-places
	}
	f.said(from("192.0.2.3", "max@example.com", goodPassword), 201, "User created.")
}

// TestRefusedSignUpTakesNoID: one id after the other, however many are refused, and at once.
func TestRefusedSignUpTakesNoID(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	functiontest.AtOnce(t, 8, func(int) functiontest.Answer { return f.signUp(goodEmail, goodPassword) })
	for range 3 {
		f.said(f.signUp(goodEmail, goodPassword), 409, "Email already exists.")
	}
	f.said(f.signUp("eve@example.com", goodPassword), 201, "User created.")
	if id := value[int](f, `SELECT id FROM users WHERE email = 'eve@example.com'`); id != 2 {
		t.Errorf("the second user is %d", id)
	}
}

func TestSignUpsAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	got := functiontest.AtOnce(t, 16, func(i int) functiontest.Answer { return f.signUp(goodEmail, fmt.Sprintf("my own secret %d", i)) })
	if got["201 User created."] != 1 || got["409 Email already exists."] != 15 {
		t.Errorf("%v", got)
	}
}
