package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// RequestMail queues a mail with a link that auth asks for. Its link is made when it is sent. One without a user is no mail: auth announces it so that no time shows
// who has an account.
func (n *Notifications) RequestMail(ctx context.Context, m event.MailRequest) error {
	if m.UserID == 0 {
		return nil
	}
	return n.transaction(ctx, func(tx postgres.Tx) error {
		key := fmt.Sprintf("%s/user/%d/%s", m.Kind, m.UserID, m.ID)
		return n.queue(ctx, tx, message{mailChannel, toUser(m.UserID), string(m.Kind), key, linkData{m.ID, m.ExpiresAt}, time.Time{}}, n.now().Before(m.ExpiresAt.Time))
	})
}
