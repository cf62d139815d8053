// Package cluster holds the tests that use a real Kubernetes, the one that KUBECONFIG names, and change it: they
// apply an overlay to the namespace ticketing and trade there as people do. `make verify-k8s-cluster` and
// `make verify-knative-cluster` run them.
package cluster
