package mailserver

import (
	"bytes"
	"net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Mail is one that was taken.
type Mail struct {
	Number    int         `json:"number"` // in the order of their coming, from 1 on
	To        string      `json:"to"`
	From      string      `json:"from"`
	Subject   string      `json:"subject"`
	Date      time.Time   `json:"date"`
	Text      string      `json:"text"`
	HTML      string      `json:"html"`
	MessageID string      `json:"messageId"`
	Header    mail.Header `json:"header"` // as it came
}

// read reads a mail. Errors: what is none.
func read(number int, raw []byte) (m Mail, err error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	msg, err := gomail.EMLToMsgFromReader(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m = Mail{Number: number, Header: parsed.Header, MessageID: parsed.Header.Get("Message-Id")}
	m.Date, _ = parsed.Header.Date() // zero: it has none
	for name, field := range map[string]*string{"To": &m.To, "From": &m.From} {
		if address, err := mail.ParseAddress(parsed.Header.Get(name)); err == nil {
			*field = address.Address
		}
	}
	if subject := msg.GetGenHeader(gomail.HeaderSubject); len(subject) > 0 {
		m.Subject = decoded(subject[0])
	}
	for _, part := range msg.GetParts() {
		content, err := part.GetContent()
		if err != nil {
			return m, err
		}
		switch part.GetContentType() {
		case gomail.TypeTextPlain:
			m.Text = string(content)
		case gomail.TypeTextHTML:
			m.HTML = string(content)
		}
	}
	return m, nil
}
