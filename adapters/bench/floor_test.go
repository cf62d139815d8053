package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/adapters/httpload"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// asFloor is set in the environment of a process that is a floor's server.
const asFloor = "BENCH_FLOOR"

func TestMain(m *testing.M) {
	if os.Getenv(asFloor) != "" {
		fmt.Fprintln(os.Stderr, serveFloor())
		os.Exit(1)
	}
	systemtest.Main(m)
}

// bare is a server of nothing but net/http, which asks a query, and answers with the same bytes.
type bare struct {
	Port          int
	Database      string
	Query, Answer string // without a query none is asked
}

// serveFloor serves as standard input says.
func serveFloor() error {
	var b bare
	if err := json.NewDecoder(os.Stdin).Decode(&b); err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(b.Database)
	if err != nil {
		return err
	}
	config.MaxConns = 10 // as the services have
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return err
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		if b.Query != "" {
			rows, err := pool.Query(r.Context(), b.Query)
			for err == nil && rows.Next() {
				_ = rows.RawValues() // a floor decodes nothing
			}
			if errors.Join(err, rows.Err()) != nil {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(b.Answer)))
		_, _ = w.Write([]byte(b.Answer)) // an error means that the client went away
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", b.Port))
	if err != nil {
		return err
	}
	fmt.Println("ready")
	return http.Serve(listener, http.HandlerFunc(handler))
}

// bare measures a request to such a server. Query is asked of a service's database.
func (l *lab) bare(service, query, answer string) (Figure, error) {
	port, err := program.FreePort(l.Context())
	if err != nil {
		return Figure{}, err
	}
	text, err := json.Marshal(bare{port, l.DatabaseURL(service), query, answer})
	if err != nil {
		return Figure{}, err
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(program.Environment(), asFloor+"=1")
	cmd.Stdin = bytes.NewReader(text)
	p, err := program.Start(cmd, syscall.SIGKILL, "ready", slog.New(slog.DiscardHandler))
	if err != nil {
		return Figure{}, err
	}
	defer p.Stop(l.Context(), syscall.SIGKILL, syscall.SIGKILL) //nolint:errcheck // it is killed
	if err := p.Ready(l.Context()); err != nil {
		return Figure{}, err
	}
	l.floors = []int{p.Pid()}
	defer func() { l.floors = nil }()
	return l.requests(http.StatusOK, func(int) (Load, settle) {
		return Load{Address: fmt.Sprintf("127.0.0.1:%d", port), Connections: l.clients, For: l.round, Request: always(httpload.Request("GET", "/", "", ""))}, nil
	})
}
