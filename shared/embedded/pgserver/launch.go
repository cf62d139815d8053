package pgserver

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// portTries bounds how often a free port is asked for again because another
// program was quicker to listen on it.
const portTries = 5

// launch claims Dir, initializes it if need be, and starts the server. On an
// error the caller calls halt. The caller holds mu.
func (s *Server) launch(ctx context.Context) error {
	var err error
	if s.claim, err = program.NewClaim(ctx, s.cfg.Dir, syscall.SIGINT); err != nil {
		return err
	}
	cluster := filepath.Join(s.cfg.Dir, "cluster")
	bin, err := findPrograms(ctx, s.cfg, cluster, s.log)
	if err != nil {
		return err
	}
	if s.password == "" { // written before Start returns, never again: URL reads it without a lock
		if s.password, err = program.Password(s.cfg.Dir); err != nil {
			return err
		}
	}
	who, err := newAccount(s.cfg.Dir, cluster)
	if err != nil {
		return err
	}
	defer who.close()
	if err := s.initialize(ctx, bin, who, cluster); err != nil {
		return err
	}
	if err := removeStalePid(cluster, s.claim.LastPid()); err != nil {
		return err
	}
	if s.port != 0 {
		return s.listen(ctx, bin, who)
	}
	for try := 1; ; try++ {
		if s.port, err = program.FreePort(ctx); err != nil {
			return err
		}
		err = s.listen(ctx, bin, who)
		if err == nil || try == portTries || !program.PortTaken(ctx, s.port) {
			return err
		}
	}
}

// listen starts the server on s.port and waits for its answer.
func (s *Server) listen(ctx context.Context, bin string, who *account) error {
	cmd := who.command(filepath.Join(bin, "postgres"), s.settings(who)...)
	cmd.ExtraFiles = append(cmd.ExtraFiles, s.claim.File())
	p, err := program.Start(cmd, syscall.SIGINT, "database system is ready to accept connections", s.log)
	if err != nil {
		return err
	}
	s.process = p
	if err := s.claim.SetPid(p.Pid()); err != nil {
		return err
	}
	if err := p.Ready(ctx); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("try the server: %w", err)
	}
	s.stop, s.watched = make(chan struct{}), make(chan struct{})
	go s.watch(p, s.stop, s.watched)
	return conn.Close(ctx)
}
