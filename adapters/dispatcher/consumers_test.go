package dispatcher

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions"
)

var update = flag.Bool("update", false, "write consumers.txt from the services' tables of contents")

// TestConsumersTable: the table of consumers is what the services say.
func TestConsumersTable(t *testing.T) {
	t.Parallel()
	var want strings.Builder
	for _, def := range functions.Services() {
		service, err := def.Contents()
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
