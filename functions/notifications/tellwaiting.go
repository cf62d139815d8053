package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gittix/ticketing/shared/postgres"
)

const headStart = 5 * time.Minute // of the first who waits for a ticket

// tellWaiting queues a mail to each who waits for a ticket that became free in a version. The first of those whom such mails reach has a head
// start, and stands behind the others from then on: next time it is another's.
func (n *Notifications) tellWaiting(ctx context.Context, tx postgres.Tx, data ticketData, version int32) error {
	about, err := json.Marshal(data)
	if err != nil {
		return err
	}
	consumer, cause, err := handled(ctx)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s/ticket/%d/%d/user/", freeKind, data.TicketID, version)
	_, err = tx.Exec(ctx, `
		WITH told AS (
			SELECT user_id, w.place, row_number() OVER (ORDER BY (a.confirmed AND u.user_id IS NULL) IS TRUE DESC, w.place) = 1 AS first
			FROM waiting w LEFT JOIN accounts a USING (user_id) LEFT JOIN unsubscribed u USING (user_id) WHERE w.ticket_id = $1
		), behind AS (
			UPDATE waiting w SET place = DEFAULT FROM told WHERE told.first AND w.ticket_id = $1 AND w.user_id = told.user_id
		)
		INSERT INTO deliveries (channel, target, kind, key, data, consumer, event, due_at, until, created_at)
		SELECT $2, 'user/' || user_id, $3, $4 || user_id, $5, $6, $7, due_at, due_at + $8::interval, $9
		FROM told, LATERAL (SELECT $9::timestamptz + CASE WHEN first THEN '0'::interval ELSE $10 END) due (due_at) ORDER BY place
		ON CONFLICT (key) DO NOTHING`,
		data.TicketID, mailChannel, freeKind, key, about, consumer, cause, n.channels[mailChannel].retryFor, n.now(), headStart)
	return err
}
