// Command expiration runs the expiration service.
package main

import (
	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/functions/expiration"
)

func main() { kubernetes.Main(expiration.New) }
