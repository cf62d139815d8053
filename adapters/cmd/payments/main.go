// Command payments runs the payments service.
package main

import (
	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/functions/payments"
)

func main() { kubernetes.Main(payments.New) }
