// Package mailserver takes mails and shows them, for a laptop and for tests: it hands none on.
//
// It promises: a mail that it has accepted is in its folder, as a file that mail programs open, and there after a restart; the newest thousand are
// kept. Its pages run nothing of what is in a mail, and are for people at this host: what is in a mail may be a key. Without User it asks for no
// password, so let it listen on 127.0.0.1.
package mailserver

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// kept is how many mails are.
const kept = 1000

// Config says where mails are kept, and what becomes of some.
type Config struct {
	Dir    string                // of mails; made if missing
	Accept func(to string) error // asked before a mail is taken, as a receiver would: an smtp.SMTPError is the answer; nil: all are
	TLS    *tls.Config           // for STARTTLS; nil: there is none
	Logger *slog.Logger          // nil discards

	User, Password string // who may hand mails in, within TLS; "": anybody
}

// Server is a mail server without other mail servers.
type Server struct {
	cfg  Config
	smtp *smtp.Server

	mu    sync.Mutex
	mails []Mail // oldest first
}

// Open reads the mails that are there.
func Open(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(cfg.Dir, "*.eml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var number int
		if _, err := fmt.Sscanf(filepath.Base(file), "%d.eml", &number); err != nil {
			continue // a file of other programs
		}
		if m, err := read(number, raw); err == nil {
			s.mails = append(s.mails, m)
		}
	}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{Server: s}, nil }))
	s.smtp.TLSConfig = cfg.TLS
	s.smtp.Domain, s.smtp.MaxMessageBytes, s.smtp.ReadTimeout, s.smtp.WriteTimeout = "localhost", 16<<20, time.Minute, time.Minute
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s.smtp.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelInfo)
	return s, nil
}

// Serve takes mails on l until Close or Shutdown, and returns at once.
func (s *Server) Serve(l net.Listener) {
	go func() { _ = s.smtp.Serve(l) }() // it ends with the listener
}

// Shutdown takes no more connections and waits for those there are, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error { return s.smtp.Shutdown(ctx) }

// Close ends all connections.
func (s *Server) Close() error { return s.smtp.Close() }

// Mails returns those to an address, oldest first; "": all.
func (s *Server) Mails(to string) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(append([]Mail{}, s.mails...), func(m Mail) bool { return to != "" && m.To != to })
}

// add keeps a mail.
func (s *Server) add(raw []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := 1
	if n := len(s.mails); n > 0 {
		number = s.mails[n-1].Number + 1
	}
	m, err := read(number, raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "this is no mail: " + err.Error()}
	}
	if err := os.WriteFile(s.file(number), raw, 0o600); err != nil {
		return err
	}
	s.mails = append(s.mails, m)
	for len(s.mails) > kept {
		_ = os.Remove(s.file(s.mails[0].Number)) // else it is read again at the next start
		s.mails = s.mails[1:]
	}
	return nil
}

func (s *Server) file(number int) string {
	return filepath.Join(s.cfg.Dir, fmt.Sprintf("%08d.eml", number))
}
