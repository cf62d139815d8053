package tickets

import (
	"context"
	"net/http"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/sealing"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Errors for clients, about attachments.
var (
	ErrInvalidText    = apierror.New(http.StatusBadRequest, "Invalid text.").On("text", "Invalid text.")
	ErrNoAttachment   = apierror.New(http.StatusNotFound, "Ticket has no attachment.")
	ErrNotYoursToRead = apierror.New(http.StatusUnauthorized, "You are not authorized to read this attachment.")
)

// longestText is how much a buyer may be given, in bytes.
const longestText = 4096

// Attachment is what the buyer of a ticket gets: its text, or its code.
type Attachment struct {
	Text      string         `json:"text"`
	UpdatedAt timestamp.Time `json:"updatedAt"`
}

// AttachmentRequest is a text for a ticket.
type AttachmentRequest struct {
	function.ByID
	Text *optionalText `json:"text" type:"string" maxLength:"4096" example:"Gate 3, row 7, seat 12. Code: 4711-0815"` // at most 4096 bytes in UTF-8; lines are kept; empty: the ticket has no attachment
}

// Validate trims the text. Errors: ErrInvalidText.
func (r *AttachmentRequest) Validate() error {
	if r.Text == nil {
		return ErrInvalidText
	}
	text := strings.TrimSpace(strings.ReplaceAll(string(*r.Text), "\r\n", "\n"))
	control := func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }
	if len(text) > longestText || strings.ContainsFunc(text, control) {
		return ErrInvalidText
	}
	*r.Text = optionalText(text)
	return nil
}

// AttachmentReply is the answer to a change of an attachment. It does not repeat it.
type AttachmentReply struct {
	Message string `json:"message"`
}

// SetAttachment gives a ticket of the signed-in user what its buyer will get, while no order holds it. It is of no event, list or log,
// and stored encrypted.
//
// Errors: ErrInvalidText, apierror.ErrInvalidID, ErrNotFound, apierror.ErrNotAuthorized, ErrReserved, ErrWithdrawn, ErrTooManyChanges.
func (t *Tickets) SetAttachment(ctx context.Context, req AttachmentRequest) (AttachmentReply, error) {
	_, err := t.db.ChangeInTurn(ctx, session.User(ctx), func(tx postgres.Tx) (none event.Draft, err error) {
		ticket, err := lockTicket(ctx, tx, req.ID)
		if err != nil {
			return none, err
		}
		if err := ticket.isChangeable(session.User(ctx)); err != nil {
			return none, err
		}
		if err := t.limits.change(ctx, tx, ticket.UserID); err != nil {
			return none, err
		}
		if *req.Text == "" {
			_, err = tx.Exec(ctx, `DELETE FROM attachments WHERE ticket_id = $1`, req.ID)
			return none, err
		}
		s, err := t.sealing.Seal(boundTo(req.ID), string(*req.Text))
		if err != nil {
			return none, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO attachments (ticket_id, key_id, sealed) VALUES ($1, $2, $3)
			ON CONFLICT (ticket_id) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, updated_at = now()`, req.ID, s.KeyID, s.Text)
		return none, err
	})
	return AttachmentReply{"Attachment stored."}, err
}

// GetAttachment returns what the buyer of a ticket gets, to its seller, and to the user whose order of it is paid and whose money stays.
//
// Errors: apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToRead, ErrNoAttachment.
func (t *Tickets) GetAttachment(ctx context.Context, req function.ByID) (Attachment, error) {
	type kept struct {
		Reader    bool
		KeyID     *string // nil: there is no attachment
		Text      []byte
		UpdatedAt timestamp.Time
	}
	k, err := postgres.One(ctx, t.db, func(row pgx.CollectableRow) (k kept, err error) {
		return k, row.Scan(&k.Reader, &k.KeyID, &k.Text, &k.UpdatedAt)
	}, `SELECT t.user_id = $2 OR EXISTS (SELECT FROM holds h
			WHERE h.order_id = t.order_id AND h.ticket_id = t.id AND h.user_id = $2 AND h.live AND h.paid AND NOT h.refunded), key_id, sealed, a.updated_at
		FROM tickets t LEFT JOIN attachments a ON a.ticket_id = t.id WHERE t.id = $1`, req.ID, session.User(ctx))
	switch {
	case err != nil:
		return Attachment{}, postgres.NoRows(err, ErrNotFound)
	case k.KeyID == nil: // also to a buyer whose payment is not noted yet: there is nothing to wait for
		return Attachment{}, ErrNoAttachment
	case !k.Reader:
		return Attachment{}, ErrNotYoursToRead
	}
	text, err := t.sealing.Open(boundTo(req.ID), sealing.Sealed{KeyID: *k.KeyID, Text: k.Text})
	return Attachment{text, k.UpdatedAt}, err
}
