package auth

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

func (f fixture) createToken(c *http.Cookie, body string) functiontest.Answer {
	return f.Send("POST", "/api/users/tokens", body, holding(c))
}

// token makes one that may do all.
func (f fixture) token(c *http.Cookie) TokenCreated {
	f.t.Helper()
	return functiontest.Parse[TokenCreated](f.t, f.createToken(c, `{"name":"box office","scopes":["sell","read","buy"]}`), 201)
}

func (f fixture) tokens(c *http.Cookie) []APIToken {
	f.t.Helper()
	return functiontest.Parse[[]APIToken](f.t, f.Send("GET", "/api/users/tokens", "", holding(c)), 200)
}

func (f fixture) exchange(token string) functiontest.Answer {
	return f.Call(0, "POST", "/api/users/tokens/exchange", functiontest.Text(map[string]string{"token": token}))
}

// TestAPIToken: it is shown once, stored as a hash, and exchanged for an access token of its scopes.
func TestAPIToken(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	made := functiontest.Parse[TokenCreated](t, f.createToken(mine, `{"name":" box  office ","scopes":["sell","read","sell"]}`), 201)
	if !strings.HasPrefix(made.Token, "ticketing_") || len(made.Token) != len("ticketing_")+43 || fmt.Sprint(made.APIToken.Scopes) != "[read sell]" || made.APIToken.UsedAt != nil {
		t.Errorf("%+v", made)
	}
	if stored := value[string](f, `SELECT api_tokens::text FROM api_tokens`); strings.Contains(stored, strings.TrimPrefix(made.Token, "ticketing_")) {
		t.Error("the token itself is stored")
	}
	a := f.exchange(made.Token)
	got := functiontest.Parse[Access](t, a, 200)
	if left := time.Until(got.ExpiresAt.Time); got.TokenType != "Bearer" || left > session.AccessLifetime || left < session.AccessLifetime-time.Minute {
		t.Errorf("%+v", got)
	}
	f.Silent("making and exchanging a token")
	if all := f.tokens(mine); len(all) != 1 || all[0].ID != made.APIToken.ID || all[0].UsedAt == nil || time.Since(all[0].UsedAt.Time) > time.Minute {
		t.Errorf("%+v", all)
	}
	if strings.Contains(f.Send("GET", "/api/users/tokens", "", holding(mine)).Body, made.Token) {
		t.Error("a list shows the token")
	}
	f.exec(`UPDATE api_tokens SET expires_at = now() + interval '1 minute', used_at = now() - interval '30 seconds'`)
	used := value[time.Time](f, `SELECT used_at FROM api_tokens`)
	if got := functiontest.Parse[Access](t, f.exchange(made.Token), 200); time.Until(got.ExpiresAt.Time) > time.Minute {
		t.Error("an access token outlives its token")
	}
	if !value[time.Time](f, `SELECT used_at FROM api_tokens`).Equal(used) {
		t.Error("each use is written down")
	}
	f.exec(`UPDATE api_tokens SET expires_at = now() - interval '1 second'`)
	functiontest.Refused(t, "expired", f.exchange(made.Token), 400, "Invalid token.")
	f.Must(f.SweepSessions(t.Context()))
	if all := f.tokens(mine); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func TestAPITokenRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	functiontest.Refused(t, "nobody", f.createToken(nil, `{"name":"x","scopes":["read"]}`), 401, "Not authorized.")
	for body, message := range map[string]string{
		`{"scopes":["read"]}`: "Invalid name.", `{"name":"","scopes":["read"]}`: "Invalid name.", `{"name":7,"scopes":["read"]}`: "Invalid name.",
		`{"name":"` + strings.Repeat("x", 65) + `","scopes":["read"]}`: "Invalid name.",
		`{"name":"x"}`: "Invalid scopes.", `{"name":"x","scopes":[]}`: "Invalid scopes.", `{"name":"x","scopes":["read","admin"]}`: "Invalid scopes.",
		`{"name":"x","scopes":"read"}`: "Invalid JSON.", `{"name":"x","scopes":["read"],"expiresAt":"soon"}`: "Invalid JSON.",
		`{"name":"x","scopes":["read"],"expiresAt":"2020-01-01T00:00:00Z"}`:      "Invalid expiresAt.",
		`{"name":"x","scopes":["read"],"expiresAt":"9999-12-31T23:59:59-12:00"}`: "Invalid JSON.",
	} {
		functiontest.Refused(t, body, f.createToken(mine, body), 400, message)
	}
	for _, token := range []string{"", "ticketing_", "ticketing_" + strings.Repeat("A", 43), mine.Value} {
		functiontest.Refused(t, token, f.exchange(token), 400, "Invalid token.")
	}
	f.exec(`INSERT INTO api_tokens (id, user_id, hash, name, scopes) SELECT n::text, 1, n::text::bytea, 'x', '{read}' FROM generate_series(1, 49) n`)
	got := functiontest.AtOnce(t, 4, func(int) functiontest.Answer { return f.createToken(mine, `{"name":"x","scopes":["read"]}`) })
	if got["201 Token created."] != 1 || got["429 Too many tokens."] != 3 {
		t.Errorf("%v", got)
	}
}

// TestEndToken: by its user alone; every service is told.
func TestEndToken(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	other := f.signUp("eve@example.com", goodPassword).Cookie(session.CookieName)
	f.Announced()
	made := f.token(mine)
	end := func(c *http.Cookie, id string) functiontest.Answer {
		return f.Send("POST", "/api/users/tokens/"+id+"/end", "", holding(c))
	}
	functiontest.Refused(t, "another's", end(other, made.APIToken.ID), 404, "Token not found.")
	functiontest.Refused(t, "no id", end(mine, "%00"), 400, "Invalid id.")
	f.Silent("ending none")
	f.said(end(mine, made.APIToken.ID), 200, "Token ended.")
	events := f.Announced()
	if len(events) != 1 {
		t.Fatalf("announced %v", events)
	}
	if e := functiontest.Data(t, event.AuthSessionsEnded, events[0]); e.SessionID != made.APIToken.ID || e.UserID != 1 || time.Until(e.ExpiresAt.Time) < session.AccessLifetime {
		t.Errorf("announced %+v", e)
	}
	functiontest.Refused(t, "again", end(mine, made.APIToken.ID), 404, "Token not found.")
	functiontest.Refused(t, "ended", f.exchange(made.Token), 400, "Invalid token.")
}

// TestTokensEndWithSessions: a new password, or an operator, ends a user's tokens, and no other's.
func TestTokensEndWithSessions(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	others := f.token(f.signUp("eve@example.com", goodPassword).Cookie(session.CookieName))
	for name, end := range map[string]func(){
		"an operator":                           func() { f.end(1) },
		"a replica of before there were tokens": func() { f.exec(`UPDATE users SET session_generation = session_generation + 1 WHERE id = 1`) },
		"a new password":                        func() { f.forgot(goodEmail, home); f.reset(f.linkOf(f.mailed()), nextPassword) },
	} {
		f.exec(`UPDATE users SET session_generation = 0 WHERE id = 1`)
		f.exec(`UPDATE sessions SET ended_at = NULL`)
		f.Announced()
		made := f.token(mine)
		end()
		f.Announced()
		functiontest.Refused(t, name, f.exchange(made.Token), 400, "Invalid token.")
		if all, err := f.ListTokens(session.NewContext(t.Context(), session.Claims{ID: "1"}), function.None{}); err != nil || len(all) != 0 {
			t.Errorf("%s: listed are %+v, %v", name, all, err)
		}
	}
	f.exec(`UPDATE api_tokens SET generation = NULL`) // as a replica makes them that knows no generations
	functiontest.Parse[Access](t, f.exchange(others.Token), 200)
}

// TestTokensOpenNoAccount: what is about the account itself takes no access token, whatever its scopes.
func TestTokensOpenNoAccount(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	access := functiontest.Parse[Access](t, f.exchange(f.token(mine).Token), 200)
	header := http.Header{"Authorization": {"Bearer " + access.AccessToken}}
	for _, call := range []string{
		"GET /api/users/account", "GET /api/users/sessions", "GET /api/users/tokens", "POST /api/users/tokens", "POST /api/users/password",
		"POST /api/users/confirm/request", "POST /api/users/tokens/x/end", "POST /api/users/sessions/x/end",
	} {
		method, path, _ := strings.Cut(call, " ")
		functiontest.Refused(t, call, f.Send(method, path, "{}", header), 401, "Not authorized.")
	}
	if a := f.Send("GET", "/api/users/current-user", "", header); a.Body != `{"currentUser":null}` {
		t.Errorf("current user: %s", a.Body)
	}
	planted := *mine
	planted.Value = base64.StdEncoding.EncodeToString([]byte(`{"jwt":"` + access.AccessToken + `"}`))
	if f.known(&planted) != nil {
		t.Error("an access token is a session")
	}
}

// TestTokenIsMadeOnce: a form that is sent twice makes one token, and shows it both times.
func TestTokenIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	header := holding(mine)
	header.Set("Idempotency-Key", "a-form")
	var shown []string
	for range 2 {
		made := functiontest.Parse[TokenCreated](t, f.Send("POST", "/api/users/tokens", `{"name":"x","scopes":["read"]}`, header), 201)
		shown = append(shown, made.Token)
	}
	if shown[0] != shown[1] {
		t.Error("two tokens")
	}
}
