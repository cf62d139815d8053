package adapters_test

import (
	"encoding/base64"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// answering is a kubectl of a cluster with values of Secrets, as SECRET/KEY=VALUE.
func answering(existing []string) string {
	names, values := "", ""
	for _, value := range existing {
		place, value, _ := strings.Cut(value, "=")
		name, _, _ := strings.Cut(place, "/")
		names += "echo secret/" + name + "; "
		values += "echo " + place + " " + base64.StdEncoding.EncodeToString([]byte(value)) + "; "
	}
	return "case \"$*\" in *'--output name'*) :; " + names + ";; *'get secrets'*) :; " + values + ";; esac"
}

// values returns what manifests of Secrets hold, by SECRET/KEY.
func values(t *testing.T, manifests string) map[string]string {
	t.Helper()
	found, name := map[string]string{}, ""
	for _, line := range regexp.MustCompile(`(?m)^  ([\w.-]+): (\S+)$`).FindAllStringSubmatch(manifests, -1) {
		if key, text := line[1], line[2]; key == "name" {
			name = text
		} else if key != "namespace" {
			value, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatalf("%s/%s: %v", name, key, err)
			}
			found[name+"/"+key] = string(value)
		}
	}
	return found
}

// TestSecretsOfMails: k8s/scripts/secrets gives notifications a mail server with all that it needs or not at all, keeps it, and takes it away.
func TestSecretsOfMails(t *testing.T) {
	t.Parallel()
	const (
		server        = "SMTP_URL=smtp://u:p@mail.example.com"
		sender, links = "MAIL_FROM=a@example.com", "TRUSTED_ORIGINS=https://a.example"
	)
	for name, c := range map[string]struct {
		existing, given []string
		refused, has    bool
	}{
		"none":                           {nil, nil, false, false},
		"all":                            {nil, []string{server, sender, links}, false, true},
		"no sender":                      {nil, []string{server, links}, true, false},
		"no links":                       {nil, []string{server, sender}, true, false},
		"another server":                 {[]string{"SMTP_URL=smtp://old", sender, links}, []string{server}, false, true},
		"kept":                           {[]string{server, sender, links}, nil, false, true},
		"taken away":                     {[]string{server, sender, links}, []string{"SMTP_URL=none"}, false, false},
		"half of it, from an old script": {[]string{server}, nil, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			existing := make([]string, len(c.existing))
			for i, pair := range c.existing {
				existing[i] = "notifications/" + pair
			}
			r := script(t, map[string]string{"kubectl": answering(existing)}, c.given, "k8s/scripts/secrets", "--yaml")
			if (r.err != nil) != c.refused || strings.Contains(r.said, "SMTP_URL needs") != c.refused {
				t.Fatalf("%v: %s", r.err, r.said)
			}
			want := ""
			if c.has {
				want = strings.TrimPrefix(server, "SMTP_URL=")
			}
			if got := values(t, r.out)["notifications/SMTP_URL"]; got != want {
				t.Errorf("SMTP_URL=%q", got)
			}
			if from := values(t, r.out)["notifications/MAIL_FROM"]; (from != "") != c.has { // by it other functions than the one with SMTP_URL know that mails are sent
				t.Errorf("MAIL_FROM=%q", from)
			}
		})
	}
}

// TestSecretsKeepURLs: a flag or a variable changes what it is for, and the rest of each URL stays.
func TestSecretsKeepURLs(t *testing.T) {
	t.Parallel()
	const (
		cloudnative = "auth/DATABASE_URL=postgres://auth:p@auth-postgres-rw:5432/auth?"
		ours        = "auth/BUS_URL=jetstream://auth:b@nats:4222/ticketing?replicas=3"
		password    = "nats-streaming/auth=b"
		operator    = "POSTGRES_HOST={service}-postgres-rw"
	)
	for name, c := range map[string]struct {
		existing, given []string
		flags           string
		want            []string
	}{
		"all is kept":          {[]string{cloudnative + "sslmode=verify-full", ours + "&tls=true", password, "orders/DATABASE_URL=host=db"}, nil, "", []string{cloudnative + "sslmode=verify-full", ours + "&tls=true", "orders/DATABASE_URL=host=db"}},
		"TLS keeps the host":   {[]string{cloudnative + "sslmode=disable", ours, password}, nil, "--tls", []string{cloudnative + "sslmode=verify-full", ours + "&tls=true"}},
		"TLS keeps the query":  {[]string{cloudnative + "pool_max_conns=5&sslmode=disable&connect_timeout=3"}, nil, "--tls", []string{cloudnative + "sslmode=verify-full&pool_max_conns=5&connect_timeout=3"}},
		"TLS keeps dispatcher": {[]string{"dispatcher/DISPATCH_OUTBOXES=auth=postgres://dispatcher:d@db:5432/auth?sslmode=disable "}, nil, "--tls", []string{"dispatcher/DISPATCH_OUTBOXES=auth=postgres://dispatcher:d@db:5432/auth?sslmode=verify-full "}},
		"JetStream keeps TLS":  {[]string{ours + "&tls=true&max_age=24h", password}, nil, "--jetstream", []string{ours + "&tls=true&max_age=24h"}},
		"to JetStream":         {[]string{"auth/BUS_URL=stan://auth:b@nats-streaming:4222/ticketing", password}, nil, "--jetstream", []string{ours}},
		"a host keeps TLS":     {[]string{"auth/DATABASE_URL=postgres://auth:p@auth-postgres:5432/auth?sslmode=verify-full", "auth-postgres/password=p"}, []string{operator}, "", []string{cloudnative + "sslmode=verify-full", "dispatcher/DISPATCH_OUTBOXES=auth=postgres://auth:p@auth-postgres-rw:5432/auth?sslmode=verify-full "}},
		"a query":              {[]string{cloudnative + "sslmode=verify-full"}, []string{"POSTGRES_QUERY=sslmode=require"}, "--tls", []string{cloudnative + "sslmode=require"}},
		"a new place":          {[]string{"auth-postgres/password=p", password}, []string{operator}, "--jetstream --tls", []string{cloudnative + "sslmode=verify-full", ours + "&tls=true"}},
		"a new service":        {[]string{cloudnative + "sslmode=verify-full", "orders-postgres/password=o"}, nil, "", []string{"orders/DATABASE_URL=postgres://orders:o@orders-postgres-rw:5432/orders?sslmode=verify-full"}},
		"one server":           {[]string{"auth/DATABASE_URL=postgres://auth:p@authority.example:5433/auth", "orders-postgres/password=o"}, nil, "", []string{"orders/DATABASE_URL=postgres://orders:o@authority.example:5433/orders"}},
		"a bus with users":     {[]string{"auth/BUS_URL=jetstream://auth:b@bus.example:4222/t", password, "nats-streaming/orders=o"}, nil, "", []string{"auth/BUS_URL=jetstream://auth:b@bus.example:4222/t", "orders/BUS_URL=jetstream://orders:o@bus.example:4222/t"}},
		"a bus with one user":  {[]string{"auth/BUS_URL=jetstream://all:a@bus.example:4222/t", password}, nil, "", []string{"orders/BUS_URL=jetstream://all:a@bus.example:4222/t"}},
		"no URL":               {[]string{"auth/DATABASE_URL=host=db user=auth"}, nil, "--tls", nil},
		"no URL of dispatcher": {[]string{"dispatcher/DISPATCH_OUTBOXES=auth=host=db"}, nil, "--tls", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := script(t, map[string]string{"kubectl": answering(c.existing)}, c.given, "k8s/scripts/secrets", append(strings.Fields(c.flags), "--yaml")...)
			if refused := c.want == nil; (r.err != nil) != refused || strings.Contains(r.said, "the URL of auth's database") != refused {
				t.Fatalf("%v: %s", r.err, r.said)
			}
			made := values(t, r.out)
			for _, want := range c.want {
				if place, value, _ := strings.Cut(want, "="); !strings.HasPrefix(made[place]+" ", strings.TrimSpace(value)+" ") {
					t.Errorf("%s=%s instead of %s", place, made[place], value)
				}
			}
		})
	}
}

// TestNewSecretsAreForANewPlace: where the cluster has Secrets, new ones would make its data unreadable.
func TestNewSecretsAreForANewPlace(t *testing.T) {
	t.Parallel()
	for name, kubectl := range map[string]string{"none": "", "no cluster": "exit 1", "some": answering([]string{"tickets/ATTACHMENT_KEY=a"})} {
		r := script(t, map[string]string{"kubectl": kubectl}, nil, "k8s/scripts/secrets", "--yaml", "--new")
		if refused := name == "some"; (r.err != nil) != refused || (r.out == "") != refused || strings.Contains(r.said, "secret/tickets") != refused {
			t.Errorf("%s: %v: %s", name, r.err, r.said)
		}
	}
	for _, mode := range [][]string{{"--new"}, {"--new", "--dry-run"}} {
		r := script(t, map[string]string{"kubectl": ""}, nil, "k8s/scripts/secrets", mode...)
		if exit := (*exec.ExitError)(nil); !errors.As(r.err, &exit) || exit.ExitCode() != 2 || !strings.HasPrefix(r.said, "usage: ") || len(r.called("kubectl")) > 0 {
			t.Errorf("%v: %v: %s", mode, r.err, r.said)
		}
	}
}

// TestSecretsFitTheirOverlay: whoever follows a document makes Secrets for the servers that the overlay has.
func TestSecretsFitTheirOverlay(t *testing.T) {
	t.Parallel()
	options := map[string]string{"jetstream": "--jetstream", "internal-tls": "--tls", "ha-postgres": "POSTGRES_HOST='{service}-postgres-rw'"}
	fits := func(document, command, overlay string) {
		t.Helper()
		components := read(t, filepath.Join(root, "k8s/overlays", overlay, "kustomization.yaml"))
		for component, option := range options {
			if has := regexp.MustCompile(`- ../../components/` + component + `\s`).MatchString(components); has != strings.Contains(command, option) {
				t.Errorf("%s: with %s: %v: %s", document, component, has, command)
			}
		}
	}
	found := 0
	for _, overlay := range []string{"aws", "digitalocean", "minikube", "multinodes", "skaffold"} {
		for _, command := range regexp.MustCompile(`.*k8s/scripts/secrets\b.*`).FindAllString(read(t, filepath.Join(root, "k8s/overlays", overlay, "README.md")), -1) {
			if !strings.Contains(command, "STRIPE_WEBHOOK_SECRET=") { // later, when all else is there
				found++
				fits(overlay, command, overlay)
			}
		}
	}
	const stored = "k8s/components/external-secrets/README.md"
	fits(stored, regexp.MustCompile(`.*k8s/scripts/secrets --yaml --new.*`).FindString(read(t, filepath.Join(root, stored))), "aws")
	for path, text := range sources(t, ".md") {
		for _, command := range regexp.MustCompile(`k8s/scripts/secrets --jetstream.*`).FindAllString(string(text), -1) {
			if !strings.Contains(command, "--tls") {
				t.Errorf("%s: without a word on internal-tls: %s", path, command)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d commands found", found)
	}
}

// TestSecretsAreWhatTheyWere: what was made is kept, all of it.
func TestSecretsAreWhatTheyWere(t *testing.T) {
	t.Parallel()
	first := values(t, script(t, map[string]string{"kubectl": ""}, nil, "k8s/scripts/secrets", "--yaml").out)
	existing := []string{}
	for place, value := range first {
		existing = append(existing, place+"="+value)
	}
	again := values(t, script(t, map[string]string{"kubectl": answering(existing)}, nil, "k8s/scripts/secrets", "--yaml").out)
	for place, value := range first {
		if again[place] != value {
			t.Errorf("%s was %q and is %q", place, value, again[place])
		}
	}
	if len(first) < 60 || len(again) != len(first) {
		t.Errorf("%d values, and then %d", len(first), len(again))
	}
}
