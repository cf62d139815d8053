package function_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gittix/ticketing/shared/function"
)

// counter answers the number of its runs, each of which waits for the gate. The gate's word is what a run does.
func counter(t *testing.T) (h http.Handler, runs *atomic.Int32, gate chan func()) {
	t.Helper()
	runs, gate = new(atomic.Int32), make(chan func())
	return handler(t, function.GET("count", "/count", func(ctx context.Context, _ function.Paging) (int32, error) {
		n := runs.Add(1)
		if do := <-gate; do != nil {
			do()
		}
		return n, ctx.Err()
	}).ForEveryone()), runs, gate
}

// ask sends requests at once, and returns where their answers come.
func ask(h http.Handler, n int, target string) chan *httptest.ResponseRecorder {
	answers := make(chan *httptest.ResponseRecorder, n)
	for range n {
		go func() { answers <- call(h, "GET", target, "") }()
	}
	synctest.Wait()
	return answers
}

func nothing() {}

// TestRunsAreShared: those who ask for the same while a run is under way are answered by the next one, all together, and never by one that
// began before they asked.
func TestRunsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, runs, gate := counter(t)
		first := ask(h, 1, "/count")
		second := ask(h, 20, "/count")
		if other := ask(h, 1, "/count?limit=1"); runs.Load() != 2 {
			t.Errorf("%d runs, want one for each thing", runs.Load())
		} else {
			gate <- nothing
			gate <- nothing
			<-other
		}
		if got := (<-first).Body.String(); strings.TrimSpace(got) != "1" {
			t.Errorf("the first was answered by run %s", got)
		}
		synctest.Wait()
		third := ask(h, 20, "/count") // while the second run is under way
		for _, want := range []string{"3", "4"} {
			gate <- nothing
			answers := map[string]chan *httptest.ResponseRecorder{"3": second, "4": third}[want]
			for range 20 {
				if w := <-answers; w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
					t.Errorf("%d, by run %s, want %s", w.Code, w.Body, want)
				}
			}
		}
		if runs.Load() != 4 {
			t.Errorf("%d runs", runs.Load())
		}
	})
}

// TestSharedRunsFailAlone: a panic answers those who shared its run, and no others. A client that goes away takes no run with it.
func TestSharedRunsFailAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, _, gate := counter(t)
		ctx, leave := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/count", http.NoBody).WithContext(ctx))
		}()
		synctest.Wait()
		failing := ask(h, 3, "/count")
		leave()
		gate <- nothing
		<-gone
		synctest.Wait()
		well := ask(h, 3, "/count")
		gate <- func() { panic("a fault") }
		failed := map[int]int{}
		for range 3 {
			failed[(<-failing).Code]++
		}
		if failed[500] != 1 || failed[503] != 2 {
			t.Errorf("of a run that failed: %v", failed)
		}
		gate <- nothing
		for range 3 {
			if w := <-well; w.Code != 200 {
				t.Errorf("of the next run: %d %s", w.Code, w.Body)
			}
		}
	})
}

// TestRunsAreOfOneURL: also where no server has read the request, two lists are two runs.
func TestRunsAreOfOneURL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, runs, gate := counter(t)
		for _, target := range []string{"/count", "/count?limit=1", "/count?limit=2"} {
			r := httptest.NewRequest("GET", target, http.NoBody)
			r.RequestURI = ""
			go h.ServeHTTP(httptest.NewRecorder(), r)
		}
		synctest.Wait()
		if runs.Load() != 3 {
			t.Errorf("%d runs", runs.Load())
		}
		close(gate)
	})
}
