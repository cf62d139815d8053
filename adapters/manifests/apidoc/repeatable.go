package apidoc

import "github.com/gittix/ticketing/shared/api"

// repeatable adds what lets a client send a request again.
func repeatable(o *api.Operation) {
	key := text("")
	key.Schema.MaxLength = "255"
	o.Parameters = append(o.Parameters, api.Parameter{
		Name: "Idempotency-Key", In: "header", Schema: key.Schema, Example: "8f14e45f-ceea-467f-a8d2-91c0a7e1b0c5",
		Description: "A name for this request, chosen at random. If the request has changed something, whoever sends it again within a day gets the same answer.",
	})
	for status, answer := range o.Responses {
		if status >= "500" {
			continue
		}
		if answer.Headers == nil {
			answer.Headers = map[string]api.Header{}
		}
		answer.Headers["Idempotent-Replayed"] = text("True: this is the answer to an earlier request with the same Idempotency-Key.")
	}
}
