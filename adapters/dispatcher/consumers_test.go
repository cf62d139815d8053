package dispatcher

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/functions/auth"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
)

var update = flag.Bool("update", false, "write consumers.txt from the services' tables of contents")

// services are all of the system; nil marks one that has nothing to do with events.
var services = map[string]kubernetes.New{
	"auth": auth.New, "tickets": tickets.New, "orders": orders.New, "payments": payments.New, "expiration": expiration.New, "client": nil,
}

// TestConsumersTable: the table of consumers is what the services say.
func TestConsumersTable(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir("../../functions")
	if err != nil {
		t.Fatal(err)
	}
	values := config.Values{
		"DATABASE_URL": "postgres://127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1", "STRIPE_SECRET_KEY": "sk_test_x",
		"JWT_SECRET": strings.Repeat("s", 32), "PASSWORD_PEPPER": strings.Repeat("p", 32),
	}
	var want strings.Builder
	for _, folder := range folders {
		build, known := services[folder.Name()]
		if !known {
			t.Errorf("the test does not know the service %s", folder.Name())
		}
		if build == nil {
			continue
		}
		service, err := build(values)
		if err != nil {
			t.Fatal(err)
		}
		defer service.Stop()
		for _, c := range service.Consumers {
			fmt.Fprintf(&want, "%s %s %s\n", service.Name, c.Name, strings.Join(c.Types, ","))
		}
	}
	if *update {
		if err := os.WriteFile("consumers.txt", []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if consumersTable != want.String() {
		t.Errorf("consumers.txt is\n%sthe services say\n%srun go generate ./dispatcher", consumersTable, want.String())
	}
}
