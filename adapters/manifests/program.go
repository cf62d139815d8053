package manifests

// programOutputs are each service's program, and how SAM builds it.
func programOutputs(s System) []Output {
	var all []Output
	for _, service := range s.Services {
		folder := "adapters/cmd/" + service.Name + "/"
		all = append(all,
			Output{Path: folder + "main.go", Template: "main.go.tmpl", Data: service},
			Output{Path: folder + "Makefile", Template: "lambda.Makefile", Data: service})
	}
	return all
}
