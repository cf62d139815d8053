package local

import (
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
)

func TestOnNATSStreaming(t *testing.T) {
	t.Parallel()
	suite(t, func(*testing.T) config.Values { return nil })
}

func TestOnJetStream(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T) config.Values {
		t.Helper()
		server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Stop)
		return config.Values{"BUS_URL": server.URL()}
	})
}

// suite is what a system must do on any bus; newBus starts one. The tests run one after another on one
// system: some count what it does. At the end its books must agree.
func suite(t *testing.T, newBus func(*testing.T) config.Values) {
	t.Helper()
	w := start(t, newBus(t))
	for _, c := range []struct {
		name string
		test func(*testing.T, *world)
	}{
		{"a purchase", testPurchase},
		{"an order that is cancelled", testCancel},
		{"an order that is extended", testExtend},
		{"a card that is declined", testDeclinedCard},
		{"a card with a second step", testSecondStep},
		{"a second step that fails", testFailedSecondStep},
		{"a payment that comes too late", testLatePayment},
		{"many buyers of one ticket", testManyBuyers},
		{"many payments of one order", testManyPayments},
		{"many updates of one ticket", testManyUpdates},
		{"bad input", testBadInput},
		{"bad forms", testBadForms},
		{"nobody's session", testNoSession},
		{"what is not there", testUnknownPlaces},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, w) })
	}
	w.audited(t)
	t.Run("an order that expires", func(t *testing.T) {
		short := config.Values{"EXPIRATION_ORDER_MINUTES": "0.02"}
		testExpiry(t, start(t, short.With(newBus(t))))
	})
}
