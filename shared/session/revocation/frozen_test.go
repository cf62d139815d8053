package revocation

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// A read that fails because the process was frozen while it ran is not the answer to a request that came afterwards.
func TestReadOfBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db, err := postgres.Open("postgres://nobody@127.0.0.1:1/none", Schema())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		l, thaw, frozen := New(db), make(chan struct{}), errors.New("its time was up")
		before := l.flight.DoChan("", func() (any, error) { <-thaw; return nil, frozen })
		said := make(chan error, 1)
		go func() {
			_, err := l.Ended(t.Context(), session.Claims{})
			said <- err
		}()
		synctest.Wait()
		close(thaw)
		<-before
		if err := <-said; err == nil || errors.Is(err, frozen) {
			t.Errorf("%v, which is not of a read of its own", err)
		}
	})
}
