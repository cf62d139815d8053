// Command orders runs the orders service.
package main

import (
	"github.com/gittix/ticketing/adapters/platform"
	"github.com/gittix/ticketing/functions/orders"
)

func main() { platform.Main(orders.New) }
