// Command auth runs the auth service.
package main

import (
	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/functions/auth"
)

func main() { kubernetes.Main(auth.New) }
