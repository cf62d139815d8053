package metrics

import "slices"

// others are the metrics of other programs that rules and dashboards may name. Nothing here asks those programs:
// whoever adds one has looked it up.
func others() map[string]series {
	known := map[string]series{
		"up": {labels: []string{"app", "instance", "job", "node", "pod"}},
	}
	add := func(labels []string, names ...string) {
		for _, name := range names {
			known[name] = series{labels: slices.Concat([]string{"instance", "job"}, labels)}
		}
	}
	// Prometheus
	add([]string{"alertname", "alertstate", "severity", "service"}, "ALERTS")
	// the kubelet, and cAdvisor in it
	add([]string{"node", "namespace", "pod", "container"}, "container_cpu_usage_seconds_total", "container_cpu_cfs_periods_total",
		"container_cpu_cfs_throttled_periods_total", "container_memory_working_set_bytes")
	add([]string{"node", "namespace", "persistentvolumeclaim"}, "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes")
	// kube-state-metrics
	add([]string{"namespace", "deployment"}, "kube_deployment_spec_replicas", "kube_deployment_status_replicas_available")
	add([]string{"namespace", "statefulset"}, "kube_statefulset_replicas", "kube_statefulset_status_replicas_ready")
	add([]string{"namespace", "horizontalpodautoscaler"}, "kube_horizontalpodautoscaler_spec_max_replicas")
	add([]string{"namespace", "pod", "uid", "condition"}, "kube_pod_status_ready")
	add([]string{"namespace", "pod", "uid", "phase"}, "kube_pod_status_phase")
	add([]string{"namespace", "pod", "uid", "container"}, "kube_pod_container_status_restarts_total")
	add([]string{"namespace", "pod", "uid", "container", "node", "resource", "unit"}, "kube_pod_container_resource_limits")
	// node-exporter
	add([]string{"node", "cpu", "mode"}, "node_cpu_seconds_total")
	add([]string{"node"}, "node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes")
	add([]string{"node", "device", "fstype", "mountpoint"}, "node_filesystem_avail_bytes", "node_filesystem_size_bytes")
	return known
}
