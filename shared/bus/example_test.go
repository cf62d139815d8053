package bus_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

func Example() {
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server, err := stanserver.Start(stanserver.Config{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Stop()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := busurl.Open(server.URL(), "orders", bus.Options{})
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan struct{})
	err = b.Subscribe(bus.Subscription{
		Subject: "tickets.created",
		Group:   "orders",
		Handle: func(_ context.Context, d bus.Delivery) error {
			fmt.Println("copied", string(d.Data))
			close(done)
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for b.Publish(ctx, "tickets.created", []byte("ticket 1")) != nil && ctx.Err() == nil {
		<-time.After(10 * time.Millisecond) // the broker is not connected yet
	}
	<-done
	if err := b.Close(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: copied ticket 1
}
