package migrate

import (
	"strings"
	"testing"
)

const admin = "postgres://me:secret@db.example:5433/postgres?sslmode=verify-full&default_query_exec_mode=exec"

// TestDerive: each secret is its own, follows from the seed alone, and is long enough; databases lie where the administrator's is.
func TestDerive(t *testing.T) {
	t.Parallel()
	seed, other := strings.Repeat("s", shortestSeed), strings.Repeat("o", shortestSeed)
	one := Settings{AdminURL: admin, Seed: seed, Prefix: "shop", Sandbox: true}
	derived, err := one.attributes()
	if err != nil {
		t.Fatal(err)
	}
	both := Settings{AdminURL: admin, Seed: other + " " + seed, Prefix: "shop", Sandbox: true}
	rotated, err := both.attributes()
	if err != nil {
		t.Fatal(err)
	}
	seen, size := map[string]bool{}, 0
	for name, value := range derived {
		if size += len(name) + len(value) + 8; seen[value] || len(value) < 32 {
			t.Errorf("%s is short, or what another is", name)
		}
		seen[value] = true
		isList := name != stripeKey && !strings.HasPrefix(name, databaseURL)
		if isList != strings.HasSuffix(rotated[name], " "+value) || rotated[name] == value {
			t.Errorf("after a rotation %s is no longer verified, or is what it was", name)
		}
	}
	for _, name := range []string{"JWT_SECRET", "PASS_KEY", stripeKey, "EVENT_KEY_ORDERS"} {
		if derived[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	if derived[attachments] != "" {
		t.Error("a new seed would be another key, by which no attachment could be read")
	}
	if derived[pepper] != "" {
		t.Error("a new seed would be another pepper, by which no password could be checked")
	}
	if size > 3000 {
		t.Errorf("%d bytes: CloudFormation takes an answer of 4096", size)
	}
	want := "postgres://shop_orders:" + key(seed, "shop_orders") + "@db.example:5433/shop_orders?sslmode=verify-full&default_query_exec_mode=exec"
	if derived[DatabaseOf("orders")] != want {
		t.Errorf("orders is to use %s", derived[DatabaseOf("orders")])
	}
	plan, err := one.plan()
	if err != nil {
		t.Fatal(err)
	}
	if len(plan) != len(owners(true)) {
		t.Errorf("%d of %d databases are made", len(plan), len(owners(true)))
	}
}

// TestPublicPassKeys: CloudFormation is told the public keys of passes, for functions that are to verify and not to sign; where it has the
// secret itself, it is not told that.
func TestPublicPassKeys(t *testing.T) {
	t.Parallel()
	seed, passes := strings.Repeat("s", shortestSeed), strings.Repeat("p", 48)
	small, large := Settings{AdminURL: admin, Seed: seed, Prefix: "shop"}, Settings{AdminURL: admin, PassKey: passes + " " + key(seed, passKey)}
	told, err := small.attributes()
	if err != nil {
		t.Fatal(err)
	}
	toldLarge, err := large.attributes()
	if err != nil {
		t.Fatal(err)
	}
	if told[passPublic] == "" || told[passKey] == "" || len(toldLarge) != 1 || !strings.HasSuffix(toldLarge[passPublic], " "+told[passPublic]) {
		t.Errorf("small: %s; large: %v", told[passPublic], toldLarge)
	}
	short := Settings{AdminURL: admin, PassKey: "short"}
	if _, err := short.attributes(); err == nil {
		t.Error("a key that can be guessed")
	}
	none := Settings{AdminURL: admin}
	if told, err := none.attributes(); err != nil || len(told) != 0 {
		t.Errorf("without keys: %v, %v", told, err)
	}
}

// TestDeriveSandbox: a stack with an account of Stripe has no database of a sandbox.
func TestDeriveSandbox(t *testing.T) {
	t.Parallel()
	for _, sandbox := range []bool{true, false} {
		s := Settings{AdminURL: admin, Seed: strings.Repeat("s", shortestSeed), Prefix: "shop", Sandbox: sandbox}
		derived, err := s.derive()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{DatabaseOf("stripe_sandbox"), stripeKey} {
			if _, there := derived[name]; there != sandbox {
				t.Errorf("sandbox %v: %s is derived: %v", sandbox, name, there)
			}
		}
	}
}

// TestPasswordsAsTaken: hosts such as Neon take no verifier, so one that is derived is sent as it is, over TLS that checks who answers;
// Aurora's, which might be logged, is not sent.
func TestPasswordsAsTaken(t *testing.T) {
	t.Parallel()
	small := Settings{AdminURL: admin, Seed: strings.Repeat("s", shortestSeed), Prefix: "shop"}
	if _, err := small.derive(); err != nil {
		t.Fatal(err)
	}
	large := Settings{AdminURL: admin, Databases: "orders=postgres://orders:it's@db.example/orders", Outboxes: "orders=postgres://dispatcher:it's@db.example/orders"}
	for name, s := range map[string]Settings{"small": small, "large": large} {
		plan, err := s.plan()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range plan {
			for _, a := range []account{d.owner, d.relay} {
				got, err := a.define("CREATE")
				if err != nil {
					t.Fatal(err)
				}
				want := `CREATE ROLE "` + a.role + `" LOGIN NOCREATEDB NOCREATEROLE PASSWORD '`
				if name == "small" {
					want += a.password + "'"
				} else {
					want += "SCRAM-SHA-256$"
				}
				if a.role != "" && (!strings.HasPrefix(got, want) || name == "large" && strings.Contains(got, a.password)) {
					t.Errorf("%s: %s, want %s…", name, got, want)
				}
			}
		}
	}
	if got, err := (account{role: "a", password: "it's", plain: true}).define("ALTER"); err != nil || !strings.HasSuffix(got, ` PASSWORD 'it''s'`) {
		t.Errorf("quoted as %s, %v", got, err)
	}
}

// TestDeriveRefuses: a database that anyone may pretend to be is not used, and a seed that can be guessed neither.
func TestDeriveRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("s", shortestSeed)
	for name, s := range map[string]Settings{
		"not encrypted": {AdminURL: strings.Replace(admin, "verify-full", "disable", 1), Seed: long},
		"not verified":  {AdminURL: strings.Replace(admin, "verify-full", "require", 1), Seed: long},
		"any name":      {AdminURL: strings.Replace(admin, "verify-full", "verify-ca", 1), Seed: long},
		"by default":    {AdminURL: "postgres://me:secret@db.example/postgres", Seed: long},
		"no URL":        {AdminURL: "host=db.example sslmode=verify-full", Seed: long},
		"short":         {AdminURL: admin, Seed: long + " short"},
	} {
		if _, err := s.derive(); err == nil || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
