// Command payments runs the payments service.
package main

import (
	"github.com/gittix/ticketing/adapters/platform"
	"github.com/gittix/ticketing/functions/payments"
)

func main() { platform.Main(payments.New) }
