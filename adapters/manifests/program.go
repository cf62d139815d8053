package manifests

// programOutputs are each service's program, how SAM builds it, and that its image is released.
func programOutputs(s System) []Output {
	all := []Output{{Path: ".github/workflows/release.yml", Part: "services", Template: "release.yml", Data: s}}
	for _, service := range s.Services {
		folder := "adapters/cmd/" + service.Name + "/"
		all = append(all,
			Output{Path: folder + "main.go", Template: "main.go.tmpl", Data: service},
			Output{Path: folder + "Makefile", Template: "lambda.Makefile", Data: service})
	}
	return all
}
