package client

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"github.com/gittix/ticketing/shared/api"
)

// keyField names the field that tells one form from another of the same page, and from the same page asked for again.
const keyField = "key"

var keyForm = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// keyed returns the visit with an Idempotency-Key for what the form asks for: the same form, with the same in it, is done once, however often it
// is sent. What was changed in it after going back is another thing to do.
func (v visit) keyed() visit {
	if !keyForm.MatchString(v.PostFormValue(keyField)) {
		return v
	}
	sum := sha256.Sum256([]byte(v.URL.Path + "?" + v.PostForm.Encode()))
	v.Request = v.WithContext(api.WithKey(v.Context(), hex.EncodeToString(sum[:])))
	return v
}
