package orders

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// A new key signs from the moment it is first; what the old one signed stays good while it is in the list.
func TestPassKeyRotation(t *testing.T) {
	t.Parallel()
	before, during, after := passKeysOf(t, passSecret), passKeysOf(t, otherSecret, passSecret), passKeysOf(t, otherSecret)
	p := Pass{OrderID: 7, Title: strings.Repeat("Ü", 40), IssuedAt: noon}
	for _, c := range []struct {
		signs, verifies passKeys
		want            error
	}{{before, during, nil}, {during, during, nil}, {during, after, nil}, {before, after, ErrUnknownKey}, {during, before, ErrUnknownKey}} {
		code, err := c.signs.sign(p)
		f, err2 := c.verifies.verify(code)
		if err != nil || fmt.Sprint(err2) != fmt.Sprint(c.want) || err2 == nil && (f.OrderID != 7 || f.Title != strings.Repeat("Ü", 32)+"…") {
			t.Errorf("%+v: %v, %v, want %v", f, err, err2, c.want)
		}
	}
	if got := during.public(); len(got.Keys) != 2 || got.Keys[0] != after.public().Keys[0] {
		t.Errorf("%+v", got)
	}
}

// Who verifies passes can sign none, and is given nothing that signs: what is public is enough.
func TestVerifiersSignNothing(t *testing.T) {
	t.Parallel()
	def, err := New(config.Values{"DATABASE_URL": "postgres://localhost/db", "JWT_SECRET": functiontest.Secret, "PASS_KEY": passSecret})
	if err != nil {
		t.Fatal(err)
	}
	defer def.Stop()
	for _, e := range def.Endpoints {
		for _, s := range config.Settings(e.Settings...) {
			if s.Name == "PASS_KEY" && e.Name != "get-pass" {
				t.Errorf("%s is given %s", e.Name, s.Name)
			}
		}
	}
	text, err := PublicPassKeys(otherSecret + " " + passSecret)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := config.Fill[Settings](config.Values{"PASS_PUBLIC_KEYS": text})
	if err != nil {
		t.Fatal(err)
	}
	public, err := newPassKeys(settings.Pass, settings.PassKeys)
	if err != nil {
		t.Fatal(err)
	}
	p := Pass{OrderID: 7, IssuedAt: noon}
	for _, secret := range []string{passSecret, otherSecret} {
		code, err := passKeysOf(t, secret).sign(p)
		claims, err2 := public.verify(code)
		if err != nil || err2 != nil || claims.OrderID != 7 {
			t.Errorf("%+v: %v, %v", claims, err, err2)
		}
	}
	if !reflect.DeepEqual(public.public(), passKeysOf(t, otherSecret, passSecret).public()) {
		t.Errorf("%+v", public.public())
	}
	if code, err := public.sign(p); err == nil {
		t.Errorf("signed %s", code)
	}
	if _, err := PublicPassKeys("short"); err == nil {
		t.Error("keys of a secret that can be guessed")
	}
}
