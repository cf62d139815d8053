package migrate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/functions/orders"
)

const (
	shortestSeed = 32 // bytes
	databaseURL  = "DATABASE_URL"
	stripeKey    = "STRIPE_SECRET_KEY" // of the sandbox
	pepper       = "PASSWORD_PEPPER"   // a secret of its own, since no new seed may change it
	attachments  = "ATTACHMENT_KEY"    // likewise
	passKey      = "PASS_KEY"
	passPublic   = "PASS_PUBLIC_KEYS"
)

// attributes returns what CloudFormation is told: what is derived from the seed, if there is one, and the public keys of passes, so that
// functions which verify them are not given what signs. Errors: those of derive; a key of passes that is none.
func (s *Settings) attributes() (all map[string]string, err error) {
	all, passes := map[string]string{}, s.PassKey
	if s.Seed != "" {
		if all, err = s.derive(); err != nil {
			return nil, err
		}
		passes = all[passKey]
	}
	if passes != "" {
		all[passPublic], err = orders.PublicPassKeys(passes)
	}
	return all, err
}

// derive returns the secrets that follow from the seed, and adds the databases among them to those that are wanted: DATABASE_URL_<SERVICE> with the password of a role of its own, and keys by the
// names of their settings. Who has one of them can tell no other, so one secret in AWS is enough, and each function is still given
// its own alone. Of several seeds the first makes passwords and signs, and all verify.
// Errors: a seed that is short; an administrator's URL that does not check who answers.
func (s *Settings) derive() (map[string]string, error) {
	seeds := strings.Fields(s.Seed)
	for _, seed := range seeds {
		if len(seed) < shortestSeed {
			return nil, errors.New("config: MIGRATE_SEED: a seed is shorter than 32 bytes")
		}
	}
	admin, err := url.Parse(s.AdminURL)
	if err != nil || admin.Host == "" || admin.Query().Get("sslmode") != "verify-full" {
		return nil, errors.New("config: MIGRATE_ADMIN_URL: want postgres://…?sslmode=verify-full: the database is reached over the internet, and only that checks who answers")
	}
	derived := map[string]string{}
	if s.Sandbox {
		derived[stripeKey] = "sk_test_" + key(seeds[0], stripeKey)
	}
	for _, def := range owners(s.Sandbox) {
		own, role := *admin, strings.ToLower(strings.ReplaceAll(s.Prefix, "-", "_"))+"_"+def.Name
		own.User, own.Path = url.UserPassword(role, key(seeds[0], role)), "/"+role
		derived[DatabaseOf(def.Name)] = own.String()
		s.Databases += " " + def.Name + "=" + own.String()
	}
	for _, def := range functions.Services() {
		settings, err := def.AllSettings()
		if err != nil {
			return nil, err
		}
		for _, setting := range settings {
			if setting.Secret && setting.Required && setting.Reaches == "" && setting.Name != pepper && setting.Name != attachments {
				derived[setting.Name] = keys(seeds, setting.Name)
			}
		}
	}
	return derived, nil
}

// DatabaseOf is the name under which CloudFormation is told a service's DATABASE_URL.
func DatabaseOf(service string) string { return databaseURL + "_" + strings.ToUpper(service) }

// key is of letters and digits.
func key(seed, name string) string {
	mac := hmac.New(sha256.New, []byte(seed))
	_, _ = mac.Write([]byte(name)) // which never fails
	return hex.EncodeToString(mac.Sum(nil))
}

func keys(seeds []string, name string) string {
	all := make([]string, len(seeds))
	for i, seed := range seeds {
		all[i] = key(seed, name)
	}
	return strings.Join(all, " ")
}
