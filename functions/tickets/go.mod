module github.com/gittix/ticketing/functions/tickets

go 1.26
