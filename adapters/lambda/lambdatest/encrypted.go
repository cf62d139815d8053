package lambdatest

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// encrypted returns the administrator's URL of the test's server behind TLS, and a folder with the certificate that it is checked by.
func encrypted(t testing.TB, backends *systemtest.Backends) (url, roots string) {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // for its certificate, which is 127.0.0.1's
	t.Cleanup(certified.Close)
	roots = t.TempDir()
	if err := os.WriteFile(filepath.Join(roots, "root.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // it was only listened on
	server := backends.Postgres.Address("postgres", "postgres", "")
	target := server.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go relay(t.Context(), client, target, &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12})
		}
	}()
	server.Host, server.RawQuery = listener.Addr().String(), "sslmode=verify-full"
	return server.String(), roots
}

// relay answers a client that asks for TLS, and refuses any other.
func relay(ctx context.Context, client net.Conn, target string, config *tls.Config) {
	defer client.Close() //nolint:errcheck // however it ends
	asked := make([]byte, 8)
	if _, err := io.ReadFull(client, asked); err != nil || asked[4] != 0x04 || asked[5] != 0xd2 || asked[6] != 0x16 || asked[7] != 0x2f { // SSLRequest
		return
	}
	if _, err := client.Write([]byte{'S'}); err != nil {
		return
	}
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", target)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // likewise
	secured := tls.Server(client, config)
	go func() {
		_, _ = io.Copy(server, secured) // however it ends, so does the connection
		_ = server.Close()
	}()
	_, _ = io.Copy(secured, server)
}
