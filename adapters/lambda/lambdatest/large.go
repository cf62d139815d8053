package lambdatest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/gittix/ticketing/adapters/lambda/stack"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

// DeployLarge runs the programs of a large stack, with exactly the environments that template.yaml gives them: see deploy.
func DeployLarge(t testing.TB, programs string, backends *systemtest.Backends, front *systemtest.Front, deployed *stack.Stack) *System {
	t.Helper()
	d := deploy(t, programs, newSystem(t, backends, front), deployed)
	d.migrate(func(config.Values) {})
	d.serve(front, func(service, _ string, given config.Values) {
		if given["STRIPE_SECRET_KEY"] != "" {
			given["STRIPE_API_URL"] = d.s.Settings(service)["STRIPE_API_URL"]
		}
	})
	container, err := deployed.Container("DispatcherTask", "dispatcher")
	if err != nil {
		t.Fatal(err)
	}
	d.s.dispatch(t, programs, d.led(container))
	return d.s
}

// answered is what the migrations tell CloudFormation.
type answered struct {
	Status, Reason string
	Data           map[string]string
}

func answers(to chan<- answered) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		var a answered
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
			a.Reason = err.Error()
		}
		to <- a
	}
}
