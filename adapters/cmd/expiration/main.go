// Command expiration runs the expiration service.
package main

import (
	"github.com/gittix/ticketing/adapters/platform"
	"github.com/gittix/ticketing/functions/expiration"
)

func main() { platform.Main(expiration.New) }
