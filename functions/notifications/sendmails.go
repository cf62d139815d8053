package notifications

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
)

// SendMails sends the mails that are due. A mail that was sent is sent again if this process ends before it is noted: both then have the
// same Message-ID, by which mail programs show one.
//
// Errors: apierror.Unavailable.
func (n *Notifications) SendMails(ctx context.Context) error {
	if n.mails.Server.host == "" {
		n.warnOnce.Do(func() { function.Log(ctx).WarnContext(ctx, "SMTP_URL is not set: no mails are sent") })
	}
	return n.run(ctx, n.channels[mailChannel])
}
