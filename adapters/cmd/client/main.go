// Command client runs the site.
package main

import (
	"github.com/gittix/ticketing/adapters/platform"
	"github.com/gittix/ticketing/functions/client"
)

func main() { platform.Main(client.New) }
