// Command migrate prepares the databases of all services: once, or as CloudFormation's custom resource on AWS Lambda.
package main

import "github.com/gittix/ticketing/adapters/migrate"

func main() { migrate.Main() }
