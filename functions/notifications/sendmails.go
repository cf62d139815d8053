package notifications

import "context"

// SendMails sends the mails that are due. A mail that was sent is sent again if this process ends before it is noted: both then have the
// same Message-ID, by which mail programs show one.
//
// Errors: apierror.Unavailable.
func (n *Notifications) SendMails(ctx context.Context) error {
	return n.run(ctx, n.channels[mailChannel])
}
