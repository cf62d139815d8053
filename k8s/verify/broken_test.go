package verify

// Paths that occur often.
const (
	pod       = "/spec/template/spec"
	container = pod + "/containers/0"
)

// brokenPods are breakages of one workload.
var brokenPods = []breakage{
	{"resources", base, "Deployment auth", remove(container + "/resources/limits")},
	{"resources", base, "Deployment auth", remove(container + "/resources/requests/cpu")},
	{"probes", base, "Deployment auth", remove(container + "/livenessProbe")},
	{"probes", base, "Deployment auth", remove(container + "/startupProbe")},
	{"image", base, "StatefulSet redis", set(container+"/image", `"redis:latest"`)},
	{"image", base, "StatefulSet redis", set(container+"/image", `"redis"`)},
	{"image", base, "StatefulSet redis", set(container+"/image", `"redis:7"`)},
	{"read-only root", base, "Deployment auth", set(container+"/securityContext/readOnlyRootFilesystem", "false")},
	{"user", base, "Deployment auth", set(pod+"/securityContext/runAsUser", "1000")},
	{"user", base, "StatefulSet redis", remove(pod + "/securityContext/runAsUser")},
	{"no subPath", base, "Deployment auth", set(container+"/volumeMounts/0/subPath", `"a"`)},

	{"restricted", base, "Deployment auth", set(pod+"/hostNetwork", "true")},
	{"restricted", base, "Deployment auth", set(pod+"/volumes/-", `{"name":"a","hostPath":{"path":"/"}}`)},
	{"restricted", base, "Deployment auth", set(container+"/securityContext/privileged", "true")},
	{"restricted", base, "Deployment auth", set(container+"/ports/0/hostPort", "80")},
	{"restricted", base, "StatefulSet redis", remove(pod + "/securityContext/seccompProfile")},
	{"restricted", base, "StatefulSet redis", remove(container + "/securityContext/capabilities")},
	{"namespace", base, "Deployment auth", set("/metadata/namespace", `"default"`)},
	{"namespace", base, "Namespace ticketing", remove("/metadata/labels/pod-security.kubernetes.io~1enforce")},
	{"labels", base, "Deployment auth", remove("/metadata/labels/app.kubernetes.io~1part-of")},
	{"labels", base, "Deployment auth", remove("/spec/template/metadata/labels/app.kubernetes.io~1component")},
	{"labels", base, "Service auth", set("/metadata/labels/a", `"b c"`)},
	{"no init containers", base, "Deployment auth", set(pod+"/initContainers", `[{"name":"wait","image":"busybox:1.37.0"}]`)},
	{"own account", base, "Deployment auth", set(pod+"/serviceAccountName", `"default"`)},
	{"own account", base, "Deployment auth", set(pod+"/serviceAccountName", `"orders"`)},
	{"token", base, "Deployment auth", set(pod+"/automountServiceAccountToken", "true")},

	{"grace", base, "Deployment auth", set(pod+"/terminationGracePeriodSeconds", "25")},
	{"grace", base, "Deployment tickets", set(container+"/env/-", `{"name":"SHUTDOWN_TIMEOUT","value":"45s"}`)},
	{"rollout", base, "Deployment auth", set("/spec/strategy/rollingUpdate/maxUnavailable", "1")},
	{"rollout", base, "Deployment auth", set("/spec/strategy", `{"type":"Recreate"}`)},
	{"replicas", aws, "HorizontalPodAutoscaler auth", set("/spec/minReplicas", "1")},
	{"spread", base, "Deployment auth", remove(pod + "/topologySpreadConstraints")},
	{"spread", base, "Deployment auth", set(pod+"/topologySpreadConstraints/0/labelSelector/matchLabels/a", `"b"`)},
	{"disruption", base, "PodDisruptionBudget auth", ""},
	{"disruption", base, "PodDisruptionBudget auth", set("/spec/maxUnavailable", "0")},
	{"scaling", base, "HorizontalPodAutoscaler auth", set("/spec/scaleTargetRef/name", `"oauth"`)},
	{"scaling", base, "Deployment auth", set("/spec/replicas", "2")},
	{"jobs end", noEvents, "CronJob sweep-overdue", remove("/spec/startingDeadlineSeconds")},
	{"jobs end", noEvents, "CronJob sweep-overdue", set("/spec/concurrencyPolicy", `"Allow"`)},
	{"jobs end", noEvents, "CronJob sweep-overdue", remove("/spec/jobTemplate/spec/activeDeadlineSeconds")},

	{"commands", base, "Deployment auth", set(container+"/image", `"ghcr.io/gittix/ticketing/oauth:0.1.0"`)},
	{"commands", base, "Deployment auth", set(container+"/args", `["--port=80"]`)},
	{"settings", base, "Deployment auth", set(container+"/env/-", `{"name":"REDIS_URL","value":"redis://redis"}`)},
	{"settings", base, "Deployment client", set(container+"/env", "[]")},
	{"settings", base, "Deployment auth", set(container+"/env/-", `{"name":"JWT_SECRET","value":"0123456789abcdef0123456789abcdef"}`)},
	{"settings", base, "Deployment auth", set(container+"/env/-", `{"name":"SIGNIN_WINDOW","value":"never"}`)},
	{"settings", base, "Deployment tickets", set(container+"/env/-", `{"name":"LOG_LEVEL","value":"LOUD"}`)},
	{"ports and probes", base, "Deployment auth", set(container+"/ports/0/containerPort", "8081")},
	{"ports and probes", base, "Deployment auth", set(container+"/env/-", `{"name":"METRICS_PORT","value":"9095"}`)},
	{"ports and probes", base, "Deployment auth", set(container+"/livenessProbe/httpGet/path", `"/api/healthz"`)},
	{"ports and probes", base, "Deployment auth", set(container+"/readinessProbe/httpGet/path", `"/health"`)},
	{"ports and probes", knativeOn, "Service auth", set(container+"/readinessProbe/httpGet/path", `"/health"`)},
}

func set(path, value string) string {
	return `[{"op":"add","path":"` + path + `","value":` + value + `}]`
}

func remove(path string) string { return `[{"op":"remove","path":"` + path + `"}]` }
