module github.com/gittix/ticketing/adapters

go 1.26
