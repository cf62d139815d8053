package function_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
)

// TestLists: as many work at the same time as there is room for; the others wait.
func TestLists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, runs, gate := bounded(t, 32) // room for 4 MiB
		ended := make(chan *httptest.ResponseRecorder, 3)
		for range 3 {
			go func() { ended <- call(h, "GET", "/list?limit=1000", "") }()
		}
		synctest.Wait()
		if len(runs) != 1 {
			t.Errorf("%d lists work at once", len(runs))
		}
		for range 3 {
			gate <- struct{}{}
			if w := <-ended; w.Code != 200 {
				t.Error(w.Code, w.Body)
			}
		}
	})
}

// TestLongListsReadSlowly: more of them wait for a while, and are refused before anything is done. Short ones do not wait for them.
func TestLongListsReadSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, runs, gate := bounded(t, 4) // room for one answer of 250 KiB, and for one that waits
		close(gate)
		slow := reader{httptest.NewRecorder(), make(chan struct{}, 1), make(chan struct{})}
		go h.ServeHTTP(slow, httptest.NewRequest("GET", "/list?limit=1000", http.NoBody))
		waits := make(chan *httptest.ResponseRecorder)
		synctest.Wait()
		go func() { waits <- call(h, "GET", "/list?limit=1000", "") }()
		synctest.Wait()
		busy(t, call(h, "GET", "/list?limit=1000", ""))
		if w := call(h, "GET", "/list", ""); w.Code != 200 {
			t.Errorf("a short list: %d", w.Code)
		}
		busy(t, <-waits) // its second passes at once here
		close(slow.gate)
		synctest.Wait()
		if w := call(h, "GET", "/list?limit=1000", ""); w.Code != 200 || len(runs) != 3 {
			t.Errorf("%d, %d lists have worked", w.Code, len(runs))
		}
	})
}
