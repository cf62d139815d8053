package adapters_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/functions/auth"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
)

// settingsOf lists the settings of a struct with their defaults ("required" if there is none to be had).
func settingsOf(t reflect.Type, found map[string]string) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
		switch {
		case name == "" && f.Type.Kind() == reflect.Struct:
			settingsOf(f.Type, found)
		case name == "":
		case strings.Contains(options, "required"):
			found[name] = "required"
		case found[name] == "":
			found[name] = f.Tag.Get("envDefault")
		}
	}
}

// The README's table of settings is what the code reads, no more and no less, with the same defaults.
func TestReadmeSettings(t *testing.T) {
	t.Parallel()
	code := map[string]string{}
	for _, settings := range []any{
		kubernetes.Settings{}, local.Settings{}, auth.Settings{}, tickets.Settings{}, orders.Settings{}, payments.Settings{}, expiration.Settings{},
	} {
		settingsOf(reflect.TypeOf(settings), code)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|([^|]*)\\|").FindAllStringSubmatch(string(readme), -1) {
		table[row[1]] = strings.Trim(row[2], " `")
	}
	if len(table) == 0 {
		t.Fatal("the README has no table of settings")
	}
	for name, value := range code {
		got, ok := table[name]
		if !ok {
			t.Errorf("the README does not list %s", name)
		}
		if value != "" && got != value {
			t.Errorf("the README says that %s is %q; the code says %q", name, got, value)
		}
	}
	for name := range table {
		if _, ok := code[name]; !ok {
			t.Errorf("the README lists %s, which nothing reads", name)
		}
	}
}
