package metrics

import (
	"fmt"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// reader finds out which labels the result of an expression has, and complains of each name that does not exist.
type reader struct {
	known    map[string]series
	complain func(format string, args ...any)
}

func (r reader) labels(e parser.Expr) []string {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return r.labels(e.Expr)
	case *parser.UnaryExpr:
		return r.labels(e.Expr)
	case *parser.StepInvariantExpr:
		return r.labels(e.Expr)
	case *parser.SubqueryExpr:
		return r.labels(e.Expr)
	case *parser.MatrixSelector:
		return r.labels(e.VectorSelector)
	case *parser.VectorSelector:
		return r.selector(e)
	case *parser.AggregateExpr:
		return r.aggregate(e)
	case *parser.BinaryExpr:
		return r.binary(e)
	case *parser.Call:
		return r.call(e)
	}
	return nil // a number or a string
}

func (r reader) selector(s *parser.VectorSelector) []string {
	metric, ok := r.known[s.Name]
	if !ok {
		r.complain("there is no metric %q", s.Name)
		return nil
	}
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel {
			continue
		}
		r.has(metric.labels, s.Name, m.Name)
		values, closed := metric.values[m.Name]
		if !closed {
			continue
		}
		for _, v := range named(m) {
			if !slices.Contains(values, v) {
				r.complain("%s has no %s %q", s.Name, m.Name, v)
			}
		}
		if m.Type == labels.MatchRegexp && !slices.ContainsFunc(values, m.Matches) {
			r.complain("%s has no %s like %q", s.Name, m.Name, m.Value)
		}
	}
	return metric.labels
}

// named are the values that a matcher spells out.
func named(m *labels.Matcher) []string {
	if m.Type == labels.MatchEqual || m.Type == labels.MatchNotEqual {
		return []string{m.Value}
	}
	if m.Type == labels.MatchNotRegexp { // SetMatches is for what matches
		m = labels.MustNewMatcher(labels.MatchRegexp, m.Name, m.Value)
	}
	return m.SetMatches()
}

func (r reader) aggregate(a *parser.AggregateExpr) []string {
	inner := r.labels(a.Expr)
	if a.Without {
		return slices.DeleteFunc(slices.Clone(inner), func(l string) bool { return slices.Contains(a.Grouping, l) })
	}
	r.has(inner, a.Expr.String(), a.Grouping...)
	return a.Grouping
}

func (r reader) binary(b *parser.BinaryExpr) []string {
	left, right := r.labels(b.LHS), r.labels(b.RHS)
	m := b.VectorMatching
	if m == nil { // one side is a number
		return slices.Concat(left, right)
	}
	if m.On {
		r.has(left, b.LHS.String(), m.MatchingLabels...)
		r.has(right, b.RHS.String(), m.MatchingLabels...)
	}
	switch {
	case b.Op == parser.LOR:
		return slices.Concat(left, right)
	case b.Op.IsSetOperator():
		return left
	case m.Card == parser.CardManyToOne:
		r.has(right, b.RHS.String(), m.Include...)
		return slices.Concat(left, m.Include)
	case m.Card == parser.CardOneToMany:
		r.has(left, b.LHS.String(), m.Include...)
		return slices.Concat(right, m.Include)
	case m.On:
		return m.MatchingLabels
	}
	return slices.DeleteFunc(slices.Clone(left), func(l string) bool { return slices.Contains(m.MatchingLabels, l) })
}

func (r reader) call(c *parser.Call) []string {
	var inner []string
	for _, arg := range c.Args {
		inner = append(inner, r.labels(arg)...)
	}
	switch c.Func.Name {
	case "absent", "vector", "scalar", "time":
		return nil
	case "histogram_quantile":
		r.has(inner, c.String(), "le")
		return slices.DeleteFunc(slices.Clone(inner), func(l string) bool { return l == "le" })
	case "label_replace":
		text := func(i int) string { return c.Args[i].(*parser.StringLiteral).Val }
		r.has(inner, c.String(), text(3))
		return append(slices.Clone(inner), text(1))
	}
	return inner
}

func (r reader) has(existing []string, of string, wanted ...string) {
	for _, l := range wanted {
		if !slices.Contains(existing, l) {
			r.complain("%s has no label %q, only %v", of, l, existing)
		}
	}
}

// parse reads an expression, with Grafana's variables replaced.
func parse(expr string) (parser.Expr, error) {
	e, err := parser.NewParser(parser.Options{}).ParseExpr(variables.Replace(expr))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", expr, err)
	}
	return e, nil
}
