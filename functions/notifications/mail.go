package notifications

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"github.com/gittix/ticketing/shared/postgres"
)

const mailChannel = "mail"

// mailing is how mails are sent: to a mail server that is away for days, they still are.
func (n *Notifications) mailing() channel {
	return channel{name: mailChannel, timeout: n.mails.Timeout, retryFor: 3 * 24 * time.Hour, send: n.sendMail}
}

// toUser is the target of mails to a user: of those, one is sent after another.
func toUser(id int32) string { return fmt.Sprintf("user/%d", id) }

// recipient is who a mail goes to.
type recipient struct {
	UserID       int32
	Email        string // as every mail server takes it
	Confirmed    bool
	Unsubscribed bool
}

// errUnknownAccount says that the copy of an account has not come yet.
var errUnknownAccount = errors.New("the user's address is not known yet")

const recipientByID = `SELECT user_id, email, confirmed, EXISTS (SELECT FROM unsubscribed u WHERE u.user_id = a.user_id) FROM accounts a WHERE user_id = $1`

// findRecipient returns a user. Errors: errUnknownAccount.
func findRecipient(ctx context.Context, q postgres.Querier, user int32) (recipient, error) {
	r, err := postgres.One(ctx, q, func(row pgx.CollectableRow) (r recipient, err error) {
		return r, row.Scan(&r.UserID, &r.Email, &r.Confirmed, &r.Unsubscribed)
	}, recipientByID, user)
	r.Email = ascii(r.Email)
	return r, postgres.NoRows(err, errUnknownAccount)
}

// ascii is an address whose domain is written as servers without SMTPUTF8 take it, too: accounts have it as people write it.
func ascii(address string) string {
	at := strings.LastIndexByte(address, '@')
	if domain, err := idna.Lookup.ToASCII(address[at+1:]); err == nil {
		return address[:at+1] + domain
	}
	return address
}

// sendMail writes a mail from what is known now, and hands it to the mail server. Errors: notNeeded; refused, what the server refuses for good.
func (n *Notifications) sendMail(ctx context.Context, d delivery) error {
	if n.mails.Server.host == "" {
		return notNeeded("no mail server is set")
	}
	user, err := d.id()
	if err != nil {
		return err
	}
	to, err := findRecipient(ctx, n.db, user)
	if err != nil {
		return err
	}
	l, err := n.compose(ctx, d, to)
	if err != nil {
		return err
	}
	m, err := n.mails.message(d, l, to, n.now())
	if err != nil {
		return refused(err)
	}
	return hidden(n.mails.Server.hand(ctx, m), to.Email)
}

// message is a mail with a part for those who read no HTML. Nothing of what people write gets into its headers unencoded.
func (s MailSettings) message(d delivery, l letter, to recipient, now time.Time) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	domain := s.From.Address[strings.LastIndexByte(s.From.Address, '@')+1:]
	sum := sha256.Sum256([]byte(d.Key))
	m.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + "@" + domain) // the same for each attempt
	m.SetDateWithValue(now)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // so that nothing answers by itself
	m.Subject(l.Subject)
	if l.Unsubscribe != "" {
		m.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribe, "<"+l.Unsubscribe+">")
		m.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	var plain, page bytes.Buffer
	if err := errors.Join(texts.Execute(&plain, l), pages.Execute(&page, l)); err != nil {
		return nil, err
	}
	m.SetBodyString(gomail.TypeTextPlain, plain.String())
	m.AddAlternativeString(gomail.TypeTextHTML, page.String())
	if err := m.FromFormat(s.From.Name, s.From.Address); err != nil {
		return nil, err
	}
	if address, err := mail.ParseAddress(to.Email); err != nil || address.Address != to.Email {
		return nil, errors.New("the user's address is none that mails can be sent to")
	}
	return m, m.To(to.Email)
}

// hand hands a mail in within the time of ctx. Errors: refused, of what the server answers to this mail with 5xx; unreachable, of what comes before the
// mail and its recipient, the answer to MAIL FROM too: that is about us.
func (m MailServer) hand(ctx context.Context, msg *gomail.Msg) error {
	dial := gomail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() }) // the library waits for a greeting for ever
		if !m.tls {
			return conn, nil
		}
		secured := tls.Client(conn, &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12})
		return secured, secured.HandshakeContext(dialing)
	})
	client, err := gomail.NewClient(m.host, append(slices.Clone(m.options), dial)...)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var answer *gomail.SendError
	switch {
	case msg.IsDelivered(): // what went wrong after that is of no concern
		return nil
	case err != nil && (!errors.As(err, &answer) || answer.Reason == gomail.ErrConnCheck || answer.Reason == gomail.ErrSMTPMailFrom):
		return unreachable{err}
	case err != nil && answer.ErrorCode() >= 500 && answer.ErrorCode() < 600:
		return refused(err)
	}
	return err
}

// hidden is an error without an address that the server has repeated.
func hidden(err error, address string) error {
	if err == nil {
		return nil
	}
	said := errors.New(strings.ReplaceAll(err.Error(), address, "<address>"))
	var away unreachable
	switch {
	case isRefused(err):
		return refused(said)
	case errors.As(err, &away):
		return unreachable{said}
	}
	return said
}
