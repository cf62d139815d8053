package manifests

// dispatcherOutputs are the dispatcher's list of consumers: with it, it need not link the services.
func dispatcherOutputs(s System) []Output {
	return []Output{{Path: "adapters/dispatcher/consumers.txt", Template: "consumers.txt", Data: s}}
}
