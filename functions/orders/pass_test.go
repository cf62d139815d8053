package orders

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

const passSecret, otherSecret = "a-secret-of-the-passes-of-tests-1", "a-secret-of-the-passes-of-tests-2"

func passKeysOf(t testing.TB, secrets ...string) passKeys {
	t.Helper()
	var s PassSettings
	for _, secret := range secrets {
		s.PassSecrets = append(s.PassSecrets, []byte(secret))
	}
	keys, err := newPassKeys(s, PassKeySettings{})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// paid is an order of the buyer's, paid.
func (f *fixture) paid(ticketID int32) Order {
	f.t.Helper()
	order := f.reserve(ticketID)
	f.Must(f.pay(order.ID, ticketID, 1000))
	f.Announced()
	return order
}

func (f *fixture) passOf(o Order) SignedPass {
	f.t.Helper()
	return functiontest.Parse[SignedPass](f.t, f.Call(buyer, "GET", path(o.ID)+"/pass", ""), 200)
}

func (f *fixture) check(code string) functiontest.Answer {
	return f.Call(0, "POST", "/api/orders/pass/check", withCode(code))
}

func (f *fixture) use(user int32, code string) functiontest.Answer {
	return f.Call(user, "POST", "/api/orders/pass/use", withCode(code))
}

func withCode(code string) string { return functiontest.Text(PassRequest{code}) }

func TestPass(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order := f.paid(3)
	got := f.passOf(order)
	want := Pass{OrderID: order.ID, TicketID: 3, Title: "Opera 3", SellerID: seller, Status: PassIsValid, IssuedAt: noon}
	if got.Pass != want {
		t.Errorf("%+v, want %+v", got.Pass, want)
	}
	if checked := functiontest.Parse[Pass](t, f.check(got.Code), 200); checked != want {
		t.Errorf("checked: %+v", checked)
	}
	f.pass(time.Hour)
	used := timestamp.Of(f.now)
	want.Status, want.UsedAt = PassIsUsed, &used
	if got := functiontest.Parse[Pass](t, f.use(seller, got.Code), 200); functiontest.Text(got) != functiontest.Text(want) {
		t.Errorf("used: %+v", got)
	}
	f.pass(time.Hour)
	if checked := functiontest.Parse[Pass](t, f.check(got.Code), 200); functiontest.Text(checked) != functiontest.Text(want) {
		t.Errorf("checked once more: %+v", checked)
	}
	again := f.passOf(order) // a new code of the same pass
	if again.Status != PassIsUsed || again.Code == got.Code {
		t.Errorf("%+v", again)
	}
	functiontest.Refused(t, "used by a new code", f.use(seller, again.Code), 409, "The pass was used before.")
	f.Silent("passes are of no concern to others")
}

// A code can be verified by anyone who has the public keys, without asking.
func TestPassOffline(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	code := f.passOf(f.paid(3)).Code
	set := functiontest.Parse[PassKeys](t, f.Call(0, "GET", "/api/orders/pass-key", ""), 200)
	var claims jwt.MapClaims
	token, err := jwt.ParseWithClaims(code, &claims, func(token *jwt.Token) (any, error) {
		key := set.Keys[0]
		x, err := base64.RawURLEncoding.DecodeString(key.X)
		if key.Type != "OKP" || key.Curve != "Ed25519" || key.Algorithm != token.Method.Alg() || key.ID != token.Header["kid"] {
			err = fmt.Errorf("%+v for %+v", key, token.Header)
		}
		return ed25519.PublicKey(x), err
	})
	if err != nil || !token.Valid || claims["order"] != 1.0 || claims["ticket"] != 3.0 || claims["title"] != "Opera 3" || claims["iat"] != float64(noon.Unix()) {
		t.Errorf("%v: %v", claims, err)
	}
}

// Who sees a pass, and who marks it as used.
func TestPassRefusals(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	paid, open, cancelled := f.paid(3), f.reserve(4), f.reserve(5)
	f.cancel(cancelled.ID)
	f.Announced()
	code := f.passOf(paid).Code
	const pass = "/pass"
	f.Refuses(0, "GET", path(paid.ID)+pass, "", 401, "Not authorized.")
	f.Refuses(buyer, "GET", "/api/orders/x/pass", "", 400, "Invalid id.")
	f.Refuses(buyer, "GET", path(99)+pass, "", 404, "Order not found.")
	f.Refuses(stranger, "GET", path(paid.ID)+pass, "", 401, "You are not authorized to view this order.")
	f.Refuses(seller, "GET", path(paid.ID)+pass, "", 401, "You are not authorized to view this order.")
	f.Refuses(buyer, "GET", path(open.ID)+pass, "", 409, "Order has no pass.")
	f.Refuses(buyer, "GET", path(cancelled.ID)+pass, "", 409, "Order has no pass.")
	const use = "/api/orders/pass/use"
	f.Refuses(0, "POST", use, withCode(code), 401, "Not authorized.")
	f.Refuses(buyer, "POST", use, withCode(code), 401, "You are not authorized to mark this pass as used.")
	f.Refuses(stranger, "POST", use, withCode(code), 401, "You are not authorized to mark this pass as used.")
	if got := functiontest.Parse[Pass](t, f.check(code), 200); got.Status != PassIsValid {
		t.Errorf("after refusals: %+v", got)
	}
}

func TestForgedCodes(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	pass := f.passOf(f.paid(3))
	parts := strings.Split(pass.Code, ".")
	other := f.passOf(f.paid(4)).Code
	sign := func(keys passKeys, p Pass) string {
		code, err := keys.sign(p)
		f.Must(err)
		return code
	}
	claims := passClaims{OrderID: 1, TicketID: 3, RegisteredClaims: jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(noon.Time)}}
	with := func(method jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"] = session.KeyID(passKeysOf(t, passSecret).verifying[0])
		code, err := token.SignedString(key)
		f.Must(err)
		return code
	}
	const invalid, unknown, forged = "Invalid code.", "The code's key is not in use.", "The code is not genuine."
	for name, c := range map[string]struct{ code, want string }{
		"none":                   {"", invalid},
		"garbled":                {"PASS 7", invalid},
		"two parts":              {parts[0] + "." + parts[1], invalid},
		"no base64":              {parts[0] + "." + parts[1] + ".!!", invalid},
		"very long":              {strings.Repeat("x", 2000), invalid},
		"another code's content": {parts[0] + "." + strings.Split(other, ".")[1] + "." + parts[2], forged},
		"a changed signature":    {parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])), forged},
		"another key":            {sign(passKeysOf(t, otherSecret), pass.Pass), unknown},
		"another key's, by name": {with(jwt.SigningMethodEdDSA, passKeysOf(t, otherSecret).private), forged},
		"no algorithm":           {with(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), forged},
		"the public key as HMAC": {with(jwt.SigningMethodHS256, []byte(passKeysOf(t, passSecret).verifying[0])), forged},
		"a session":              {sessionToken(t), forged},
	} {
		functiontest.Refused(t, name, f.check(c.code), 400, c.want)
		functiontest.Refused(t, name, f.use(seller, c.code), 400, c.want)
	}
	lost := pass.Pass
	lost.OrderID = 99 // which a backup did not have
	functiontest.Refused(t, "no such order", f.check(sign(passKeysOf(t, passSecret), lost)), 404, "Order not found.")
}

func sessionToken(t *testing.T) string {
	t.Helper()
	cookie, err := session.Keys{Secret: []byte(functiontest.Secret)}.Issue(seller, "user@example.com")
	if err != nil {
		t.Fatal(err)
	}
	b, err := base64.StdEncoding.DecodeString(cookie.Value)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(b), `{"jwt":"`), `"}`)
}
