package notifications

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// MailSettings are for the function that sends mails.
type MailSettings struct {
	Server MailServer `env:"SMTP_URL" secret:"true" reaches:"mail"` // smtps://user:password@host:465, or smtp://user:password@host:587, where TLS begins with STARTTLS, without which nothing is sent; ?tls=none for a server on this host, without TLS; empty: no mails are sent
	Sender
	Site    function.Origins  `env:"TRUSTED_ORIGINS"`               // the first one is where links in mails lead to; required with SMTP_URL
	Timeout time.Duration     `env:"SMTP_TIMEOUT" envDefault:"20s"` // of one mail
	Base    function.BasePath `env:"BASE_PATH"`                     // what stands before every path there
}

// Sender is set where mails are sent. By it functions know that without having the mail server's password.
type Sender struct {
	From MailAddress `env:"MAIL_FROM"` // the sender of mails, such as Tickets <tickets@example.com>; required with SMTP_URL. With it, webhooks are for users whose address is confirmed
}

// Validate refuses a mail server without what its mails need, and a sender without a mail server.
func (s MailSettings) Validate() error {
	if s.Server.host != "" && (s.From.Address == "" || len(s.Site) == 0) {
		return errors.New("SMTP_URL needs MAIL_FROM and TRUSTED_ORIGINS: who sends the mails, and where their links lead to")
	}
	if s.Server.host == "" && s.From.Address != "" {
		return errors.New("MAIL_FROM needs SMTP_URL: without mails no address is ever confirmed, and with MAIL_FROM webhooks are for confirmed ones only")
	}
	if s.Timeout <= 0 || s.Timeout > longestMail {
		return fmt.Errorf("SMTP_TIMEOUT must be above 0 and at most %v", longestMail)
	}
	return nil
}

// longestMail may take so long that a run of SendMails ends in time.
const longestMail = runWithin / 3

// link is the address of a page of the site, whose path has no need of escapes.
func (s MailSettings) link(path string) string { return s.Site[0] + string(s.Base) + path }

// MailServer is where mails are handed in. The zero value is none.
type MailServer struct {
	host    string
	tls     bool // from the first byte on
	options []gomail.Option
}

const errMailServer = config.Malformed("not a mail server, such as smtp://user:password@mail.example.com:587 or smtps://…:465")

// UnmarshalText reads a URL.
func (m *MailServer) UnmarshalText(b []byte) error {
	u, err := url.Parse(string(b))
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return errMailServer
	}
	var port int
	var policy gomail.TLSPolicy
	sign := gomail.SMTPAuthAutoDiscover
	switch u.Scheme + "?" + u.RawQuery {
	case "smtps?":
		port, policy, sign = 465, gomail.NoTLS, gomail.SMTPAuthPlain // within the TLS of the connection, which the library does not know of
	case "smtp?":
		port, policy = 587, gomail.TLSMandatory
	case "smtp?tls=none":
		port, policy = 25, gomail.NoTLS
	default:
		return errMailServer
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return errMailServer
		}
	}
	options := []gomail.Option{gomail.WithTLSPolicy(policy), gomail.WithPort(port)}
	if password, ok := u.User.Password(); ok {
		options = append(options, gomail.WithSMTPAuth(sign), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	} else if u.User != nil {
		return errMailServer
	}
	*m = MailServer{u.Hostname(), u.Scheme == "smtps", options}
	return nil
}

// MailAddress is an e-mail address, perhaps with a name.
type MailAddress mail.Address

// UnmarshalText reads it as it stands in a mail.
func (a *MailAddress) UnmarshalText(b []byte) error {
	parsed, err := mail.ParseAddress(string(b))
	if err != nil {
		return config.Malformed("not a sender, such as Tickets <tickets@example.com>")
	}
	*a = MailAddress(*parsed)
	return nil
}
