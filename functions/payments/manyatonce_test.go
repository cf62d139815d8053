package payments

import (
	"strings"
	"testing"
)

// A piece of work that panics fails alone: neither its run nor the process ends.
func TestPieceThatPanics(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.asked(1)
	f.pass(2 * secondStepWithin)
	f.gateway = nil
	if err := f.Tick("reconcile-payments"); err == nil || !strings.Contains(err.Error(), "panic") {
		t.Error(err)
	}
	f.Counted(map[string]float64{"panics_total function=reconcile-payments service=payments": 1})
}
