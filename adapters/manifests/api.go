package manifests

import (
	"github.com/gittix/ticketing/adapters/manifests/apidoc"
	"github.com/gittix/ticketing/adapters/manifests/gocode"
	"github.com/gittix/ticketing/shared/function"
)

// apiOutputs are the documents that shared/api publishes.
func apiOutputs(s System, code gocode.Code) ([]Output, error) {
	var services []function.Service
	for _, service := range s.Services {
		services = append(services, service.Contents)
	}
	calls, err := apidoc.OpenAPI(code, services)
	if err != nil {
		return nil, err
	}
	events, err := apidoc.AsyncAPI(code, services)
	return []Output{{Path: "shared/api/openapi.json", Text: calls}, {Path: "shared/api/asyncapi.json", Text: events}}, err
}
