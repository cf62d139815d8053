module github.com/gittix/ticketing/functions/expiration

go 1.26
