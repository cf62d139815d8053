module github.com/gittix/ticketing/knative/func/tickets

go 1.26.0
