package overload

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gittix/ticketing/adapters/httpload"
	"github.com/gittix/ticketing/adapters/systemtest"
)

// Watch is what a service shows while it is under load.
type Watch struct {
	Health httpload.Times     // of answers to /health, asked for as a kubelet does: on a new connection
	Unwell []string           // answers to /health other than 200, and none
	Most   map[string]float64 // the highest value of each series that was sampled, by name and labels
	First  map[string]float64

	stop context.CancelFunc
	all  sync.WaitGroup
}

// Begin watches a service until End.
func Begin(ctx context.Context, p *systemtest.Process) *Watch {
	w := &Watch{Most: map[string]float64{}, First: map[string]float64{}}
	ctx, w.stop = context.WithCancel(ctx)
	w.all.Go(func() { w.probe(ctx, p.MetricsURL()+"/health") })
	w.all.Go(func() { w.sample(ctx, p) })
	return w
}

// End stops watching. What was seen can be read then.
func (w *Watch) End() {
	w.stop()
	w.all.Wait()
}

func (w *Watch) probe(ctx context.Context, url string) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: httpload.Within}
	var took []time.Duration
	for every := time.NewTicker(100 * time.Millisecond); ctx.Err() == nil; {
		began := time.Now()
		err := get(ctx, client, url)
		if ctx.Err() == nil {
			took = append(took, time.Since(began))
			if err != nil {
				w.Unwell = append(w.Unwell, err.Error())
			}
		}
		select {
		case <-ctx.Done():
		case <-every.C:
		}
	}
	w.Health = httpload.TimesOf(took)
}

func (w *Watch) sample(ctx context.Context, p *systemtest.Process) {
	for every := time.NewTicker(200 * time.Millisecond); ctx.Err() == nil; {
		all, _ := p.Metrics(ctx) // one that does not answer is asked again
		for series, value := range all {
			if _, seen := w.First[series]; !seen {
				w.First[series] = value
			}
			w.Most[series] = max(w.Most[series], value)
		}
		select {
		case <-ctx.Done():
		case <-every.C:
		}
	}
}

// Highest is the highest value of all series of a metric whose labels include these.
func (w *Watch) Highest(metric string, labels ...string) (most float64) {
	for name, value := range w.Most {
		of, rest, _ := strings.Cut(name, "{")
		if of == metric && !slices.ContainsFunc(labels, func(label string) bool { return !strings.Contains(rest, label) }) {
			most = max(most, value)
		}
	}
	return most
}

// get asks a URL for an answer of 200.
func get(ctx context.Context, client *http.Client, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}
