package manifests

// programOutputs are each service's program, of which program each function is a part, and that its image is released.
func programOutputs(s System) []Output {
	all := []Output{
		{Path: ".github/workflows/release.yml", Part: "services", Template: "release.yml", Data: s},
		{Path: "adapters/cmd/lambda.mk", Part: "functions", Template: "lambda.mk", Data: s},
	}
	for _, service := range s.Services {
		all = append(all, Output{Path: "adapters/cmd/" + service.Name + "/main.go", Template: "main.go.tmpl", Data: service})
	}
	return all
}
