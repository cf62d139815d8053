package overload

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Watch is what a service shows while it is under load.
type Watch struct {
	Health Times              // of answers to /health, asked for as a kubelet does: on a new connection
	Unwell []string           // answers to /health other than 200, and none
	Most   map[string]float64 // the highest value of each series that was sampled, by name and labels
	First  map[string]float64

	stop context.CancelFunc
	all  sync.WaitGroup
}

// Begin watches a service by the port of its metrics and probes until End.
func Begin(ctx context.Context, url string) *Watch {
	w := &Watch{Most: map[string]float64{}, First: map[string]float64{}}
	ctx, w.stop = context.WithCancel(ctx)
	w.all.Go(func() { w.probe(ctx, url+"/health") })
	w.all.Go(func() { w.sample(ctx, url+"/metrics") })
	return w
}

// End stops watching. What was seen can be read then.
func (w *Watch) End() {
	w.stop()
	w.all.Wait()
}

func (w *Watch) probe(ctx context.Context, url string) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: answerWithin}
	var took []time.Duration
	for every := time.NewTicker(100 * time.Millisecond); ctx.Err() == nil; {
		began := time.Now()
		_, err := get(ctx, client, url)
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
	w.Health = times(took)
}

func (w *Watch) sample(ctx context.Context, url string) {
	for every := time.NewTicker(200 * time.Millisecond); ctx.Err() == nil; {
		page, _ := get(ctx, http.DefaultClient, url) // one that does not answer is asked again
		for line := range strings.SplitSeq(page, "\n") {
			name, text, _ := strings.Cut(line, " ")
			value, err := strconv.ParseFloat(text, 64)
			if err != nil || strings.HasPrefix(name, "#") {
				continue
			}
			if _, seen := w.First[name]; !seen {
				w.First[name] = value
			}
			w.Most[name] = max(w.Most[name], value)
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

// get returns what a URL answers with 200. Errors: another status, no answer.
func get(ctx context.Context, client *http.Client, url string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %s", answer.StatusCode, text)
	}
	return string(text), err
}
