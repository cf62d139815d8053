module github.com/gittix/ticketing/functions/auth

go 1.26
