package postgres

import (
	"testing"

	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	functiontest.DeadLetters(t, newDB(t).DeadLetters())
}
