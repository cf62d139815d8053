module github.com/gittix/ticketing/functions/payments

go 1.26

require github.com/stripe/stripe-go/v76 v76.25.0 // indirect
