// Command orders runs the orders service.
package main

import (
	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/functions/orders"
)

func main() { kubernetes.Main(orders.New) }
