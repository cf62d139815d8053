package adapters_test

import (
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/knative"
	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
)

// The table of settings is what the code reads, no more and no less, with the same defaults.
func TestReadmeSettings(t *testing.T) {
	t.Parallel()
	code := map[string]string{}
	groups := []any{process.Settings{}, knative.Settings{}, lambda.Settings{}, dispatcher.Settings{}, migrate.Settings{}, local.Settings{}}
	for _, def := range functions.Services() {
		groups = append(groups, def.Settings)
	}
	for _, setting := range config.Settings(groups...) {
		if code[setting.Name] = setting.Default; setting.Required {
			code[setting.Name] = "required"
		}
	}
	readme, err := os.ReadFile("README.md")
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

// The README's commands with curl do what it says, word for word but for the address.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## A purchase with curl")
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := regexp.MustCompile("(?s)```bash\n(.*?)```").FindAllStringSubmatch(section, -1)
	if len(blocks) != 2 {
		t.Fatalf("the README has %d blocks of commands with curl, not a purchase and an expiry", len(blocks))
	}
	for name, c := range map[string]struct{ commands, order, ticket string }{
		"purchase": {blocks[0][1], `"status":"complete"`, `"orderId":1`},
		"expiry":   {blocks[1][1], `"status":"cancelled"`, `"orderId":null`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			system, err := local.Start(t.Context(), config.Values{
				"PORT": "0", "DATA_DIR": t.TempDir(), "EXPIRATION_ORDER_MINUTES": "0.1",
			}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := system.Stop(); err != nil {
					t.Error(err)
				}
			})
			system.AwaitReady(t.Context())
			shell := exec.CommandContext(t.Context(), "bash", "-e", "-c", strings.ReplaceAll(c.commands, "http://localhost:8080", system.URL()))
			shell.Dir = t.TempDir()
			out, err := shell.CombinedOutput()
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if err != nil || len(lines) < 2 {
				t.Fatalf("%v\n%s", err, out)
			}
			if order, ticket := lines[len(lines)-2], lines[len(lines)-1]; !strings.Contains(order, c.order) || !strings.Contains(ticket, c.ticket) {
				t.Errorf("the last two answers should say %s and %s:\n%s", c.order, c.ticket, out)
			}
		})
	}
}
