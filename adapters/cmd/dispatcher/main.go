// Command dispatcher relays outboxes to the bus, and events from the bus to handlers that sleep.
package main

import "github.com/gittix/ticketing/adapters/dispatcher"

func main() { dispatcher.Main() }
