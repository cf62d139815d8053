package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Figure is what was measured of a row.
type Figure struct {
	Value    float64 // in the row's unit
	Database float64 // PostgreSQL's part of Value; 0: none, or it was not asked
	Rate     float64 // requests per second; 0: none
	P50      float64 // ms; 0: none
	P99      float64 // ms
	Note     string
}

// Median is the figure of several rounds: of each number the median.
func Median(rounds []Figure) Figure {
	if len(rounds) == 0 {
		return Figure{}
	}
	of := func(number func(Figure) float64) float64 {
		var all []float64
		for _, f := range rounds {
			all = append(all, number(f))
		}
		slices.Sort(all)
		return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	return Figure{
		of(func(f Figure) float64 { return f.Value }), of(func(f Figure) float64 { return f.Database }), of(func(f Figure) float64 { return f.Rate }),
		of(func(f Figure) float64 { return f.P50 }), of(func(f Figure) float64 { return f.P99 }), rounds[len(rounds)-1].Note,
	}
}

// Text is a figure for people.
func (f Figure) Text(unit string) string {
	var text []string
	if unit != "" {
		text = append(text, number(f.Value)+" "+unit)
	}
	if f.Database > 0 {
		text = append(text, "PostgreSQL "+number(f.Database))
	}
	if f.Rate > 0 {
		text = append(text, number(f.Rate)+"/s")
	}
	if f.P50 > 0 {
		text = append(text, fmt.Sprintf("p50 %s p99 %s ms", number(f.P50), number(f.P99)))
	}
	if f.Note != "" {
		text = append(text, f.Note)
	}
	return strings.Join(text, " · ")
}

// number has three digits that count.
func number(x float64) string {
	switch {
	case x == math.Trunc(x) && math.Abs(x) < 1000:
		return fmt.Sprint(x)
	case x < 1:
		return strings.TrimPrefix(fmt.Sprintf("%.3g", x), "0")
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	text := fmt.Sprintf("%.0f", x)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Goal is what a row must reach.
type Goal struct {
	Text  string
	Ratio func(Measured) float64 // of the figure to the limit, such that above 1 is missed; 0: cannot be said
}

// Measured are the figures of a row, and of the whole table so far.
type Measured struct {
	Ours, Floor Figure
	Table       *Table
}

// AtMost is a goal for the value.
func AtMost(limit float64) Goal {
	return Goal{"≤ " + number(limit), func(m Measured) float64 { return m.Ours.Value / limit }}
}

// AtLeast is a goal for the value.
func AtLeast(limit float64) Goal {
	return Goal{"≥ " + number(limit), func(m Measured) float64 { return limit / m.Ours.Value }}
}

// LateAtMost is a goal for both times, in ms.
func LateAtMost(p50, p99 float64) Goal {
	return Goal{fmt.Sprintf("≤ %s / %s ms", number(p50), number(p99)), func(m Measured) float64 { return max(m.Ours.P50/p50, m.Ours.P99/p99) }}
}

// RateOfFloor is a goal for the rate, as a share of the floor's.
func RateOfFloor(share float64) Goal {
	return Goal{fmt.Sprintf("≥ %.0f %% of pgbench", 100*share), func(m Measured) float64 {
		if m.Floor.Rate == 0 {
			return 0
		}
		return share * m.Floor.Rate / m.Ours.Rate
	}}
}

// OverFloor is a goal for the value, as a multiple of the floor's.
func OverFloor(name string, times float64) Goal {
	return Goal{fmt.Sprintf("≤ %s + %.0f %%", name, 100*(times-1)), func(m Measured) float64 {
		if m.Floor.Value == 0 {
			return 0
		}
		return m.Ours.Value / (times * m.Floor.Value)
	}}
}

// OverRow is a goal for the value, as a multiple of that of a row above it.
func OverRow(name string, times float64) Goal {
	return Goal{fmt.Sprintf("≤ %s + %.0f %%", name, 100*(times-1)), func(m Measured) float64 {
		if other := m.Table.find(name).Value; other > 0 {
			return m.Ours.Value / (times * other)
		}
		return 0
	}}
}
