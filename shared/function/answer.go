package function

import (
	"encoding/json"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
)

// What a consumer answers over HTTP of an event that it has not done. Only these words are its own: of any other answer, whatever
// its status, a gateway, an activator or a policy between may be the author.
var (
	ErrRejected = apierror.New(http.StatusUnprocessableEntity, "Rejected: it need not come again.")
	ErrFailed   = apierror.New(http.StatusInternalServerError, "The consumer failed.")
)

// AnswerOf returns ErrRejected or ErrFailed for an answer's body that says so, and nil for any other.
func AnswerOf(body []byte) error {
	var answer struct{ Code string }
	_ = json.Unmarshal(body, &answer) // what is no JSON is none of our words
	for _, own := range []*apierror.Error{ErrRejected, ErrFailed} {
		if answer.Code == own.Code {
			return own
		}
	}
	return nil
}
