module github.com/gittix/ticketing/functions/orders

go 1.26
