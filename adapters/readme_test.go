package adapters_test

import (
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/shared/config"
)

// The README's commands with curl do what it says, word for word except for the address.
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
	for name, c := range map[string]struct{ commands, base, order, ticket string }{
		"purchase":              {blocks[0][1], "", `"status":"complete"`, `"orderId":1`},
		"purchase below a path": {blocks[0][1], "/shop", `"status":"complete"`, `"orderId":1`},
		"expiry":                {blocks[1][1], "", `"status":"cancelled"`, `"orderId":null`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			system, err := local.Start(t.Context(), config.Values{
				"PORT": "0", "DATA_DIR": t.TempDir(), "EXPIRATION_ORDER_MINUTES": "0.1", "BASE_PATH": c.base,
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
