module github.com/gittix/ticketing/knative/func/orders

go 1.26.0
