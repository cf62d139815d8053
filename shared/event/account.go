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

// Account is who a user is to others that write to him.
type Account struct {
	UserID     int32  `json:"userId"`
	Email      string `json:"email"`
	Confirmed  bool   `json:"confirmed"`            // by a link that was sent there
	Version    int32  `json:"version"`              // 0 at first, one more with every change
	Generation int32  `json:"generation,omitempty"` // of the user's sessions at that change: all earlier ones have ended
}

// Subject is user/<id>.
func (a Account) Subject() string { return fmt.Sprintf("user/%d", a.UserID) }

// Validate checks id, address and version.
func (a Account) Validate() error { return check(a.UserID > 0 && a.Email != "" && a.Version >= 0) }

// MailKind is what a link in a mail is for.
type MailKind string

// The links that users are sent.
const (
	MailReset   MailKind = "reset"   // sets a new password
	MailConfirm MailKind = "confirm" // confirms the address
)

// MailRequest says that a user is to be sent a link. Who sends it makes the link (package maillink): what is here opens nothing.
type MailRequest struct {
	ID        string         `json:"id"`     // of the link
	UserID    int32          `json:"userId"` // 0: no user, and nothing is sent: who asks for an address that has no account must not see a difference
	Kind      MailKind       `json:"kind"`
	ExpiresAt timestamp.Time `json:"expiresAt"` // the link is of no use after it, so neither is the mail
}

// Subject is user/<id>.
func (m MailRequest) Subject() string { return fmt.Sprintf("user/%d", m.UserID) }

// Validate checks ids and time, and that there is a kind, which may be one of a newer version.
func (m MailRequest) Validate() error {
	return check(m.ID != "" && m.UserID >= 0 && m.Kind != "" && !m.ExpiresAt.IsZero())
}
