package manifests

import "time"

// knativeOutputs are what of knative/ follows from the services: each as a Service and as a function, a Trigger for
// each consumer, two clocks for the schedules, and the ways in.
func knativeOutputs(s System) []Output {
	all := []Output{
		{Path: "knative/base/services/kustomization.yaml", Template: "k8s services", Data: s},
		{Path: "knative/base/network.yaml", Part: "callers", Template: "knative callers", Data: s},
		{Path: "knative/base/network.yaml", Part: "internet", Template: "internet", Data: s},
		{Path: "knative/base/eventtypes.yaml", Template: "knative event types", Data: s},
		{Path: "knative/base/triggers.yaml", Template: "knative triggers", Data: s},
		{Path: "knative/components/cronjobs/schedules.yaml", Template: "knative cron jobs", Data: s},
		{Path: "knative/components/external/network.yaml", Template: "knative outside", Data: s},
		{Path: "knative/components/front/nginx.conf", Part: "services", Template: "knative nginx", Data: s},
		{Path: "knative/components/gateway-api/route.yaml", Part: "routes", Template: "knative routes", Data: s},
		{Path: "knative/components/pingsource/schedules.yaml", Template: "knative ping sources", Data: s},
		{Path: "knative/overlays/minikube/network.yaml", Template: "knative inside", Data: s},
	}
	for _, service := range s.Services {
		all = append(all, Output{Path: "knative/base/services/" + service.Name + ".yaml", Template: "knative service", Data: service})
		for _, file := range []string{".gitignore", "func.yaml", "function.go", "go.mod", "go.work", "go.work.sum"} {
			all = append(all, Output{Path: "knative/func/" + service.Name + "/" + file, Template: "func " + file, Data: service})
		}
	}
	return all
}

// cron is how often a schedule runs where services sleep. A run wakes its service for a minute and a half, so the
// clock is slow: what is due within the hour elsewhere comes every ten minutes, the rest once a night. What is due within seconds is what people wait
// for, and nothing else does it: it comes every minute, and its service hardly sleeps.
func cron(every time.Duration) string {
	switch {
	case every < 10*time.Second:
		return `"* * * * *"`
	case every < time.Hour:
		return `"*/10 * * * *"`
	default:
		return "0 4 * * *"
	}
}
