// Command tickets runs the tickets service.
package main

import (
	"github.com/gittix/ticketing/adapters/platform"
	"github.com/gittix/ticketing/functions/tickets"
)

func main() { platform.Main(tickets.New) }
