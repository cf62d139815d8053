module github.com/gittix/ticketing/knative/func/auth

go 1.26.0
