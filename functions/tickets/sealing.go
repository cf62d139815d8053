package tickets

import (
	"fmt"

	"github.com/gittix/ticketing/shared/sealing"
	"github.com/gittix/ticketing/shared/session"
)

// AttachmentSettings are for the functions that encrypt and decrypt attachments.
type AttachmentSettings struct {
	AttachmentSecrets session.Secrets `env:"ATTACHMENT_KEY" required:"true" secret:"true" example:"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"` // what attachments of tickets are encrypted by: at least 32 bytes; or several, with white space between them: the first encrypts, all decrypt. Never take one away that attachments still need
}

// Keys returns the keys that the settings describe. Errors: none that a secret could cause.
func (s AttachmentSettings) Keys() (sealing.Keys, error) {
	return sealing.New(s.AttachmentSecrets, "ticketing: attachments")
}

func boundTo(ticketID int32) string { return fmt.Sprintf("ticket/%d", ticketID) }
