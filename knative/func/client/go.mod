module github.com/gittix/ticketing/knative/func/client

go 1.26.0
