// Command auth runs the auth service.
package main

import (
	"github.com/gittix/ticketing/adapters/platform"
	"github.com/gittix/ticketing/functions/auth"
)

func main() { platform.Main(auth.New) }
