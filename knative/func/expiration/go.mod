module github.com/gittix/ticketing/knative/func/expiration

go 1.26.0
