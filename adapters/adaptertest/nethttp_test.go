package adaptertest_test

import (
	"testing"

	"github.com/gittix/ticketing/adapters/adaptertest"
)

// TestNetHTTP: what is right agrees with itself.
func TestNetHTTP(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, adaptertest.NetHTTP())
}
