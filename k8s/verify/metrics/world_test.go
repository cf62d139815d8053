package metrics

import (
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// step is the time between two samples of a world, and between two evaluations of its rules.
const step = time.Minute

// world is a memory of series, in which rules are evaluated as a Prometheus does.
type world struct{ series []*memory }

type memory struct {
	labels  labels.Labels
	samples []chunks.Sample
}

// newWorld takes series in promtool's notation: a line is `metric{labels} values`, such as 0+1x10 or _x5 1.
func newWorld(t *testing.T, lines ...string) *world {
	t.Helper()
	w := &world{}
	for _, line := range lines {
		l, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for i, v := range values {
			if !v.Omitted {
				w.add(l, time.Duration(i)*step, v.Value)
			}
		}
	}
	return w
}

func (w *world) add(l labels.Labels, at time.Duration, value float64) {
	i := slices.IndexFunc(w.series, func(m *memory) bool { return labels.Equal(m.labels, l) })
	if i < 0 {
		i, w.series = len(w.series), append(w.series, &memory{labels: l})
	}
	w.series[i].samples = append(w.series[i].samples, sample{at.Milliseconds(), value})
}

// fires evaluates the rules step by step until end, and returns the labels with which an alert fires then.
func (w *world) fires(t *testing.T, rules []rulefmt.Rule, alert string, end time.Duration) []labels.Labels {
	t.Helper()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: parser.NewParser(parser.Options{})})
	t.Cleanup(func() { _ = engine.Close() }) // it holds nothing but memory
	var firing []labels.Labels
	since := map[uint64]time.Duration{}
	for at := time.Duration(0); at <= end; at += step {
		for _, rule := range rules {
			if rule.Record == "" && rule.Alert != alert {
				continue
			}
			query, err := engine.NewInstantQuery(t.Context(), w, promql.NewPrometheusQueryOpts(false, 0), rule.Expr, time.UnixMilli(at.Milliseconds()))
			if err != nil {
				t.Fatal(err)
			}
			result, err := query.Exec(t.Context()).Vector()
			if err != nil {
				t.Fatalf("%s%s: %v", rule.Record, rule.Alert, err)
			}
			if rule.Record != "" {
				for _, s := range result {
					w.add(labels.NewBuilder(s.Metric).Set(model.MetricNameLabel, rule.Record).Labels(), at, s.F)
				}
			} else {
				since, firing = hold(since, result, at, time.Duration(rule.For))
			}
			query.Close()
		}
	}
	return firing
}

// hold keeps since when each result is there without a break, and returns those that are there long enough.
func hold(before map[uint64]time.Duration, result promql.Vector, at, long time.Duration) (map[uint64]time.Duration, []labels.Labels) {
	since := map[uint64]time.Duration{}
	var firing []labels.Labels
	for _, s := range result {
		began, ok := before[s.Metric.Hash()]
		if !ok {
			began = at
		}
		since[s.Metric.Hash()] = began
		if at-began >= long {
			firing = append(firing, s.Metric)
		}
	}
	return since, firing
}

// Querier implements storage.Queryable.
func (w *world) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		found := &selected{at: -1}
		for _, m := range w.series {
			if !slices.ContainsFunc(matchers, func(want *labels.Matcher) bool { return !want.Matches(m.labels.Get(want.Name)) }) {
				found.series = append(found.series, storage.NewListSeries(m.labels, m.samples))
			}
		}
		return found
	}}, nil
}

// selected is a storage.SeriesSet.
type selected struct {
	series []storage.Series
	at     int
}

func (s *selected) Next() bool                        { s.at++; return s.at < len(s.series) }
func (s *selected) At() storage.Series                { return s.series[s.at] }
func (s *selected) Err() error                        { return nil }
func (s *selected) Warnings() annotations.Annotations { return nil }

// sample is a chunks.Sample.
type sample struct {
	at    int64 // ms
	value float64
}

func (s sample) T() int64                      { return s.at }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.value }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }
