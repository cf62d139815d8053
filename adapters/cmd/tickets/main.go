// Command tickets runs the tickets service.
package main

import (
	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/functions/tickets"
)

func main() { kubernetes.Main(tickets.New) }
