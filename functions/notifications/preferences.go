package notifications

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// ErrInvalidPreferences is the refusal of a request that does not say what the user wants.
var ErrInvalidPreferences = apierror.New(http.StatusBadRequest, "Invalid optionalMails.").On("optionalMails", "Invalid optionalMails.")

// Preferences are which mails a user gets beside those that have to be.
type Preferences struct {
	OptionalMails bool `json:"optionalMails"` // reminders, and news of waiting lists
}

// PreferencesRequest says which mails a user wants.
type PreferencesRequest struct {
	OptionalMails *bool `json:"optionalMails" type:"boolean" example:"true"` // reminders, and news of waiting lists
}

// Validate refuses one that does not say.
func (r PreferencesRequest) Validate() error {
	if r.OptionalMails == nil {
		return ErrInvalidPreferences
	}
	return nil
}

// GetPreferences returns which mails the signed-in user gets.
func (n *Notifications) GetPreferences(ctx context.Context, _ function.None) (Preferences, error) {
	none, err := postgres.One(ctx, n.db, pgx.RowTo[bool], `SELECT EXISTS (SELECT FROM unsubscribed WHERE user_id = $1)`, session.User(ctx))
	return Preferences{OptionalMails: !none}, err
}

// SetPreferences says which mails the signed-in user gets.
//
// Errors: ErrInvalidPreferences.
func (n *Notifications) SetPreferences(ctx context.Context, req PreferencesRequest) (Preferences, error) {
	return n.prefer(ctx, session.User(ctx), Preferences{OptionalMails: *req.OptionalMails})
}

func (n *Notifications) prefer(ctx context.Context, user int32, p Preferences) (_ Preferences, err error) {
	if p.OptionalMails {
		_, err = n.db.Exec(ctx, `DELETE FROM unsubscribed WHERE user_id = $1`, user)
	} else {
		_, err = n.db.Exec(ctx, `INSERT INTO unsubscribed (user_id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, user, n.now())
	}
	return p, err
}
