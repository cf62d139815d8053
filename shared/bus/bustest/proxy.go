package bustest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between a client and its broker, and can fail as networks do.
type proxy struct {
	listener  net.Listener
	target    string
	frozen    atomic.Pointer[atomic.Bool] // shared by the connections made since the last Freeze
	swallowed atomic.Int64                // bytes
	cut       chan struct{}
	once      sync.Once
	pipes     sync.WaitGroup
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, target: target, cut: make(chan struct{})}
	p.frozen.Store(new(atomic.Bool))
	p.pipes.Go(p.accept)
	t.Cleanup(p.Cut)
	return p
}

func (p *proxy) Addr() string { return p.listener.Addr().String() }

// Freeze lets nothing through the connections that there are, which keep standing. New ones work.
func (p *proxy) Freeze() { p.frozen.Swap(new(atomic.Bool)).Store(true) }

// FreezeAll is Freeze for new connections, too: they are taken, and nothing comes through.
func (p *proxy) FreezeAll() { p.frozen.Load().Store(true) }

// Swallowed is how many bytes did not get through frozen connections.
func (p *proxy) Swallowed() int64 { return p.swallowed.Load() }

// Cut breaks all connections and takes no new ones.
func (p *proxy) Cut() {
	p.once.Do(func() {
		close(p.cut)
		p.listener.Close() // what it says is of no interest: it is to be gone
	})
	p.pipes.Wait()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // cut
		}
		broker, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		frozen, ended := p.frozen.Load(), make(chan struct{})
		end := sync.OnceFunc(func() { close(ended) })
		p.pipes.Go(func() { p.pipe(client, broker, frozen); end() })
		p.pipes.Go(func() { p.pipe(broker, client, frozen); end() })
		p.pipes.Go(func() {
			select {
			case <-ended:
			case <-p.cut:
			}
			client.Close()
			broker.Close()
		})
	}
}

func (p *proxy) pipe(to io.Writer, from io.Reader, frozen *atomic.Bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if frozen.Load() {
			p.swallowed.Add(int64(n))
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
