package event

import (
	"fmt"

	"github.com/gittix/ticketing/shared/timestamp"
)

// SessionsEnded says that one session of a user has ended, or all that were opened in earlier generations.
type SessionsEnded struct {
	UserID     int32          `json:"userId"`
	SessionID  string         `json:"sessionId,omitempty"`  // of the one session
	Generation int32          `json:"generation,omitempty"` // of the sessions that the user opens from now on: all earlier ones have ended
	ExpiresAt  timestamp.Time `json:"expiresAt"`            // when the last of them would have expired: this need not be known any longer
}

// Subject is session/<id>, or user/<id> for all sessions of a user.
func (s SessionsEnded) Subject() string {
	if s.SessionID != "" {
		return "session/" + s.SessionID
	}
	return fmt.Sprintf("user/%d", s.UserID)
}

// Validate checks that it is about one session or one generation, and has an end.
func (s SessionsEnded) Validate() error {
	return check(s.UserID > 0 && s.Generation >= 0 && (s.SessionID != "") != (s.Generation > 0) && !s.ExpiresAt.IsZero())
}
