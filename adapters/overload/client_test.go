package overload

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// asClient is set in the environment of a process that only makes a load.
const asClient = "OVERLOAD_CLIENT"

func TestMain(m *testing.M) {
	if os.Getenv(asClient) != "" {
		if err := serveClient(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if full() > 0 {
		if err := pinSystem(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	systemtest.Main(m)
}

// serveClient runs the load that it is given.
func serveClient() error {
	if err := pinClient(); err != nil {
		return err
	}
	var load Load
	if err := json.NewDecoder(os.Stdin).Decode(&load); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(load.Run())
}

// send has a load sent by a process of its own.
func (r *run) send(service string, load Load) (outcomes []Outcome, w *Watch) {
	r.Helper()
	p := r.Service(service)
	load.Address = strings.TrimPrefix(p.URL, "http://")
	text, err := json.Marshal(load)
	if err != nil {
		r.Fatal(err)
	}
	w = Begin(r.Context(), p)
	defer w.End()
	client := exec.CommandContext(r.Context(), os.Args[0]) //nolint:gosec // this program
	client.Env = append(os.Environ(), asClient+"=1")
	client.Stdin, client.Stderr = strings.NewReader(string(text)), os.Stderr
	said, err := client.Output()
	if err == nil {
		err = json.Unmarshal(said, &outcomes)
	}
	if err != nil {
		r.Fatal(err)
	}
	return outcomes, w
}
