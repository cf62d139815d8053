package stripeserver

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// list is Stripe's, the newest object first.
type list struct {
	Object  string `json:"object"`
	Data    []any  `json:"data"`
	HasMore bool   `json:"has_more"`
	URL     string `json:"url"`
}

const longestList = 100

// listed answers with the objects that are wanted, given the newest first.
func listed(r request, wanted func(yield func(id string, object any) bool)) answer {
	l := list{Object: "list", Data: []any{}, URL: r.path}
	limit, err := strconv.Atoi(cmp.Or(r.form.Get("limit"), "10"))
	if err != nil || limit < 1 || limit > longestList {
		return refuse(400, "parameter_invalid_integer", "limit", "Invalid integer: %s", r.form.Get("limit"))
	}
	after := r.form.Get("starting_after")
	for id, object := range wanted {
		switch {
		case after != "":
			if id == after {
				after = ""
			}
			continue
		case len(l.Data) == limit:
			l.HasMore = true
			return ok(l, change{})
		}
		l.Data = append(l.Data, object)
	}
	if after != "" {
		return refuse(400, "resource_missing", "starting_after", "No such object: '%s'", after)
	}
	return ok(l, change{})
}

func listRefunds(s *state, r request) answer {
	if refused, bad := r.unknown("payment_intent", "limit", "starting_after"); bad {
		return refused
	}
	return listed(r, func(yield func(string, any) bool) {
		for _, id := range slices.Backward(s.listed) {
			if re, is := s.refunds[id]; is && re.PaymentIntent == r.form.Get("payment_intent") && !yield(id, re) {
				return
			}
		}
	})
}

func listDisputes(s *state, r request) answer {
	if refused, bad := r.unknown("payment_intent", "limit", "starting_after"); bad {
		return refused
	}
	return listed(r, func(yield func(string, any) bool) {
		for _, id := range slices.Backward(s.listed) {
			if dp, is := s.disputes[id]; is && dp.PaymentIntent == r.form.Get("payment_intent") && !yield(id, dp) {
				return
			}
		}
	})
}

func listIntents(s *state, r request) answer {
	if refused, bad := r.unknown("created", "limit", "starting_after"); bad {
		return refused
	}
	from, err := strconv.ParseInt(cmp.Or(r.form.Get("created[gte]"), "0"), 10, 64)
	if err != nil {
		return refuse(400, "parameter_invalid_integer", "created", "Invalid integer.")
	}
	all := slices.SortedFunc(maps.Values(s.intents), func(a, b intent) int {
		return cmp.Or(cmp.Compare(b.Created, a.Created), cmp.Compare(b.ID, a.ID))
	})
	return listed(r, func(yield func(string, any) bool) {
		for _, pi := range all {
			if pi.Created >= from && !yield(pi.ID, pi) {
				return
			}
		}
	})
}

func listEvents(s *state, r request) answer {
	if refused, bad := r.unknown("types", "created", "limit", "starting_after"); bad {
		return refused
	}
	from, err1 := strconv.ParseInt(cmp.Or(r.form.Get("created[gte]"), "0"), 10, 64)
	to, err2 := strconv.ParseInt(cmp.Or(r.form.Get("created[lte]"), "9999999999"), 10, 64)
	if err1 != nil || err2 != nil {
		return refuse(400, "parameter_invalid_integer", "created", "Invalid integer.")
	}
	types := r.form["types[]"]
	return listed(r, func(yield func(string, any) bool) {
		for _, e := range slices.Backward(s.events) {
			wanted := e.Created >= from && e.Created <= to && (len(types) == 0 || slices.Contains(types, e.Type))
			if wanted && !yield(e.ID, e) {
				return
			}
		}
	})
}
