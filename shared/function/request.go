package function

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gittix/ticketing/shared/apierror"
)

// ByID is a request for the thing that the path's {id} names.
type ByID struct {
	ID int32 `json:"-" path:"id" minimum:"1" example:"1"`
}

// Bind reads the path. Errors: apierror.ErrInvalidID unless it is a positive 32-bit integer.
func (r *ByID) Bind(req *http.Request) error {
	id, ok := ParseID(req.PathValue("id"))
	if !ok {
		return apierror.ErrInvalidID
	}
	r.ID = id
	return nil
}

// ParseID reads a positive 32-bit integer in plain decimal.
func ParseID(s string) (int32, bool) {
	id, err := strconv.ParseInt(s, 10, 32)
	return int32(id), err == nil && id > 0 && s[0] != '+'
}

// LooseID is an id in JSON: a number or a numeric string. Anything else leaves it 0, for Validate to refuse.
type LooseID int32

// UnmarshalJSON never fails.
func (id *LooseID) UnmarshalJSON(b []byte) error {
	s := string(b)
	var text string
	if json.Unmarshal(b, &text) == nil {
		s = text
	}
	*id = 0
	if n, ok := ParseID(s); ok {
		*id = LooseID(n)
	}
	return nil
}

// LooseString is text in JSON. Anything else leaves it empty, for Validate to refuse.
type LooseString string

// UnmarshalJSON never fails.
func (s *LooseString) UnmarshalJSON(b []byte) error {
	*s = ""
	var text string
	if json.Unmarshal(b, &text) == nil {
		*s = LooseString(text)
	}
	return nil
}
