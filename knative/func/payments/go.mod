module github.com/gittix/ticketing/knative/func/payments

go 1.26.0
