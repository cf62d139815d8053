//go:build moto

package sns_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/bustest"
	"github.com/gittix/ticketing/shared/bus/sns"
	"github.com/gittix/ticketing/shared/embedded/motoserver"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// moto is one for all tests, which have each a topic of their own: it takes seconds to start.
var moto *motoserver.Server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "moto")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	if moto, err = motoserver.Start(context.Background(), dir); err != nil {
		log.Print(err)
		return 1
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := moto.Stop(ctx); err != nil {
			log.Print(err)
		}
	}()
	return m.Run()
}

// as is anyone, with moto or a front of it.
func as(addr string) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String("http://" + addr),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// fronts are the brokers of the suite: each is a way to moto that can be closed, and an account by the store that it is to have.
type fronts struct {
	mu       sync.Mutex
	accounts map[string]string // by the store's folder
}

type front struct {
	addr string
	stop func()
}

func (f front) Addr() string { return f.addr }
func (f front) Stop()        { f.stop() }

func (f *fronts) account(dir string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.accounts[dir] == "" {
		f.accounts[dir] = fmt.Sprintf("%012d", len(f.accounts)+1)
	}
	return f.accounts[dir]
}

func (f *fronts) start(dir string, port int) (bustest.Broker, error) {
	ctx := context.Background()
	if port == 0 {
		var err error
		if port, err = program.FreePort(ctx); err != nil {
			return nil, err
		}
	}
	addr, account := fmt.Sprint("127.0.0.1:", port), f.account(dir)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		ErrorLog: log.New(io.Discard, "", 0), // of connections that the suite breaks
		Handler: &httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: moto.Addr()})
			r.Out.Host = r.In.Host
			r.Out.Header.Set("X-Moto-Account-Id", account)
		}},
	}
	go server.Serve(listener)                                                                          //nolint:errcheck // it ends by stop
	return front{addr, sync.OnceFunc(func() { program.StopListening(listener); server.Close() })}, nil //nolint:errcheck // it serves no more
}

func TestSNS(t *testing.T) {
	f := &fronts{accounts: map[string]string{}}
	bustest.Run(t, bustest.Harness{
		Start: f.start, Cloud: true,
		Driver: func(addr string) bus.Driver { return sns.New(sns.Config{AWS: as(addr)}) },
	})
}
