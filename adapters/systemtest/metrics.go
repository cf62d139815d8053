package systemtest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// MetricsURL is where the process has its metrics and probes.
func (p *Process) MetricsURL() string { return "http://127.0.0.1:" + p.Settings["METRICS_PORT"] }

// Metrics asks the process for the values of its series, by name and labels. Errors: no answer, or another status than 200.
func (p *Process) Metrics(ctx context.Context) (map[string]float64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.MetricsURL()+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics: %d %s", answer.StatusCode, text)
	}
	series := map[string]float64{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if end := strings.LastIndexByte(line, ' '); end > 0 && !strings.HasPrefix(line, "#") {
			if series[line[:end]], err = strconv.ParseFloat(line[end+1:], 64); err != nil {
				return nil, fmt.Errorf("metrics: %q: %w", line, err)
			}
		}
	}
	return series, nil
}
