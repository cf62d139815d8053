package event

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gittix/ticketing/shared/timestamp"
)

// AppendJSON appends the ticket as encoding/json writes it, in a fraction of the time: lists hold a thousand.
func (t Ticket) AppendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), int64(t.ID), 10)
	b = appendString(append(b, `,"title":`...), t.Title)
	b = t.Price.AppendJSON(append(b, `,"price":`...))
	b = strconv.AppendInt(append(b, `,"userId":`...), int64(t.UserID), 10)
	b = append(b, `,"orderId":`...)
	if t.OrderID == nil {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendInt(b, int64(*t.OrderID), 10)
	}
	b = appendString(append(b, `,"status":`...), string(t.Status))
	if t.Withdrawn {
		b = append(b, `,"withdrawn":true`...)
	}
	b = strconv.AppendInt(append(b, `,"version":`...), int64(t.Version), 10)
	b = t.About.append(b)
	b = t.CreatedAt.AppendJSON(append(b, `,"createdAt":`...))
	b = t.UpdatedAt.AppendJSON(append(b, `,"updatedAt":`...))
	return append(b, '}')
}

// append appends the fields.
func (a About) append(b []byte) []byte {
	if a.Description != "" {
		b = appendString(append(b, `,"description":`...), a.Description)
	}
	if a.StartsAt != nil {
		b = a.StartsAt.AppendJSON(append(b, `,"startsAt":`...))
	}
	if a.TimeZone != "" {
		b = appendString(append(b, `,"timeZone":`...), a.TimeZone)
	}
	if a.Venue != "" {
		b = appendString(append(b, `,"venue":`...), a.Venue)
	}
	if a.Category != "" {
		b = appendString(append(b, `,"category":`...), string(a.Category))
	}
	return b
}

// AppendJSON appends the order as encoding/json writes it, in a fraction of the time.
func (o Order) AppendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), int64(o.ID), 10)
	b = strconv.AppendInt(append(b, `,"userId":`...), int64(o.UserID), 10)
	b = appendString(append(b, `,"status":`...), string(o.Status))
	b = o.ExpiresAt.AppendJSON(append(b, `,"expiresAt":`...))
	if o.HeldUntil != nil {
		b = o.HeldUntil.AppendJSON(append(b, `,"heldUntil":`...))
	}
	if o.AwaitedPaymentID != 0 {
		b = strconv.AppendInt(append(b, `,"awaitedPaymentId":`...), int64(o.AwaitedPaymentID), 10)
	}
	if o.ExtendsBy != 0 {
		b = strconv.AppendInt(append(b, `,"extendsBy":`...), int64(o.ExtendsBy), 10)
	}
	b = strconv.AppendInt(append(b, `,"version":`...), int64(o.Version), 10)
	b = strconv.AppendInt(append(b, `,"ticketId":`...), int64(o.TicketID), 10)
	if o.PaidAt != nil {
		b = o.PaidAt.AppendJSON(append(b, `,"paidAt":`...))
	}
	if o.RefundedAt != nil {
		b = o.RefundedAt.AppendJSON(append(b, `,"refundedAt":`...))
	}
	if o.Refund != "" {
		b = appendString(append(b, `,"refund":`...), string(o.Refund))
	}
	if o.Refunded != 0 {
		b = o.Refunded.AppendJSON(append(b, `,"refunded":`...))
	}
	if o.Dispute != "" {
		b = appendString(append(b, `,"dispute":`...), string(o.Dispute))
	}
	if o.RefundedBy != "" {
		b = appendString(append(b, `,"refundedBy":`...), o.RefundedBy)
	}
	if o.Withdrawn {
		b = append(b, `,"withdrawn":true`...)
	}
	b = o.CreatedAt.AppendJSON(append(b, `,"createdAt":`...))
	b = o.UpdatedAt.AppendJSON(append(b, `,"updatedAt":`...))
	b = o.Ticket.AppendJSON(append(b, `,"ticket":`...))
	return append(b, '}')
}

// AppendJSON appends the ticket as encoding/json writes it.
func (t OrderTicket) AppendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), int64(t.ID), 10)
	b = appendString(append(b, `,"title":`...), t.Title)
	b = t.Price.AppendJSON(append(b, `,"price":`...))
	b = strconv.AppendInt(append(b, `,"version":`...), int64(t.Version), 10)
	b = t.CreatedAt.AppendJSON(append(b, `,"createdAt":`...))
	b = t.UpdatedAt.AppendJSON(append(b, `,"updatedAt":`...))
	return append(b, '}')
}

// AppendVersion appends what no other state of any ticket has: a version that a restore from a backup has lost may come
// again, but at another time.
func (t Ticket) AppendVersion(b []byte) []byte { return appendVersion(b, t.ID, t.Version, t.UpdatedAt) }

// AppendVersion appends what no other state of any order has.
func (o Order) AppendVersion(b []byte) []byte { return appendVersion(b, o.ID, o.Version, o.UpdatedAt) }

func appendVersion(b []byte, id, version int32, at timestamp.Time) []byte {
	b = strconv.AppendInt(b, int64(id), 36)
	b = strconv.AppendInt(append(b, '.'), int64(version), 36)
	return strconv.AppendInt(append(b, '.'), at.UnixMilli(), 36)
}

// appendString appends a JSON string. Only one without anything to escape, as titles usually are, takes the short way.
func appendString(b []byte, s string) []byte {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&':
			return appendEscaped(b, s)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if !ascii && (strings.ContainsAny(s, "\u2028\u2029") || !utf8.ValidString(s)) {
		return appendEscaped(b, s)
	}
	return append(append(append(b, '"'), s...), '"')
}

func appendEscaped(b []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // of a string it never fails
	return append(b, quoted...)
}
