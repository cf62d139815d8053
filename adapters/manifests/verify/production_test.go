package verify

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// production is the names of the overlays that people pay in.
var production = []string{"aws", "digitalocean"}

// with builds an overlay of k8s/ that has another component before its own.
func with(t *testing.T, overlay, component string) []object {
	t.Helper()
	if err := os.MkdirAll(root+"/.data", 0o750); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(root+"/.data", "overlay")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.CopyFS(dir+"/it", os.DirFS(root+"/k8s/overlays/"+overlay)); err != nil {
		t.Fatal(err)
	}
	file := dir + "/it/kustomization.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(strings.Replace(string(text), "components:\n", "components:\n  - ../../components/"+component+"\n", 1), "../../", "../../../k8s/")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := kustomize.run(t, "build", dir+"/it", "--output", dir+"/all.yaml"); err != nil {
		t.Fatal(out)
	}
	return objects(t, dir+"/all.yaml")
}

// TestProductionKeepsItsVolumes: each volume is of the class that the overlay names, of which none is lost with its claim. EKS has no default.
func TestProductionKeepsItsVolumes(t *testing.T) {
	t.Parallel()
	for _, overlay := range production {
		claims := 0
		for _, o := range with(t, overlay, "backup") {
			var spec struct {
				Spec struct {
					Class     string `yaml:"storageClassName"`
					Templates []struct {
						Spec struct {
							Class string `yaml:"storageClassName"`
						}
					} `yaml:"volumeClaimTemplates"`
					Storage struct {
						Class string `yaml:"storageClass"`
					}
				}
			}
			if err := yaml.Unmarshal([]byte(o.text), &spec); err != nil {
				t.Fatal(err)
			}
			classes := map[string]string{"PersistentVolumeClaim": spec.Spec.Class, "Cluster": spec.Spec.Storage.Class}
			if len(spec.Spec.Templates) > 0 {
				classes["StatefulSet"] = spec.Spec.Templates[0].Spec.Class
			}
			if class, is := classes[o.Kind]; is {
				if claims++; class == "" {
					t.Errorf("%s: %s %s has the cluster's default class", overlay, o.Kind, o.Metadata.Name)
				}
			}
		}
		if claims < 8 {
			t.Errorf("%s: only %d volumes", overlay, claims)
		}
	}
}

// TestProductionIsEncrypted: PostgreSQL, Redis and JetStream take TLS only, and renewed certificates reach CloudNativePG, too.
func TestProductionIsEncrypted(t *testing.T) {
	t.Parallel()
	for _, overlay := range production {
		certified, servers := map[string]bool{}, 0
		all := with(t, overlay, "backup")
		for _, o := range all {
			if o.Kind == "Certificate" {
				certified[o.Spec.SecretName] = strings.Contains(o.text, `cnpg.io/reload: ""`)
			}
		}
		for _, o := range all {
			reloaded, secret := certified[o.Metadata.Name+"-tls"]
			switch {
			case o.Kind == "Cluster":
				if servers++; !reloaded || !strings.Contains(o.text, "serverTLSSecret: "+o.Metadata.Name+"-tls") || !strings.Contains(o.text, "hostnossl all all all reject") {
					t.Errorf("%s: %s takes connections without TLS, or keeps a certificate that has expired", overlay, o.Metadata.Name)
				}
			case o.Kind == "StatefulSet":
				if servers++; !secret || !strings.Contains(o.text, "secretName: "+o.Metadata.Name+"-tls") {
					t.Errorf("%s: %s has no certificate", overlay, o.Metadata.Name)
				}
			case o.Kind == "Deployment" && o.Metadata.Name != "client":
				if !strings.Contains(o.text, "SSL_CERT_DIR") {
					t.Errorf("%s: %s does not know the authority", overlay, o.Metadata.Name)
				}
			}
		}
		if servers < 7 {
			t.Errorf("%s: only %d servers", overlay, servers)
		}
	}
}

// TestDatabasesComeAlone: with what `-l app.kubernetes.io/component=database` chooses, clusters of PostgreSQL become ready in a new place: they
// find their certificates, whose issuers are there, the store of their backups and the class of their volumes. Nothing runs or lets anybody in.
func TestDatabasesComeAlone(t *testing.T) {
	t.Parallel()
	chosen := map[string]int{}
	for _, o := range with(t, "aws", "ha-postgres-backups") {
		is := o.Metadata.Labels["app.kubernetes.io/component"] == "database"
		switch {
		case is:
			chosen[o.Kind]++
		case slices.Contains([]string{"Cluster", "Issuer", "ObjectStore", "ScheduledBackup", "StorageClass"}, o.Kind), o.Kind == "Certificate" && o.Metadata.Name != "redis" && o.Metadata.Name != "nats":
			t.Errorf("%s %s is not chosen", o.Kind, o.Metadata.Name)
		}
		if is && slices.Contains([]string{"Deployment", "Ingress", "StatefulSet"}, o.Kind) {
			t.Errorf("%s %s is chosen", o.Kind, o.Metadata.Name)
		}
	}
	if chosen["Cluster"] != 5 || chosen["Certificate"] != 6 {
		t.Errorf("chosen: %v", chosen)
	}
}

// TestDeployerMayDeploy: k8s/deployer.yaml lets the deploy workflow apply each object of the overlays of production, and read no Secret.
func TestDeployerMayDeploy(t *testing.T) {
	t.Parallel()
	var may []struct{ APIGroups, Resources, Names, Verbs []string }
	for _, o := range objects(t, filepath.Join(root, "k8s/deployer.yaml")) {
		var role struct {
			Rules []struct {
				APIGroups []string `yaml:"apiGroups"`
				Resources []string
				Names     []string `yaml:"resourceNames"`
				Verbs     []string
			}
		}
		if err := yaml.Unmarshal([]byte(o.text), &role); err != nil {
			t.Fatal(err)
		}
		for _, r := range role.Rules {
			may = append(may, struct{ APIGroups, Resources, Names, Verbs []string }(r))
			if slices.Contains(r.Resources, "secrets") || slices.Contains(r.Resources, "*") {
				t.Errorf("%v lets it read Secrets", r)
			}
		}
	}
	plural := strings.NewReplacer("policys", "policies", "classs", "classes", "ingresss", "ingresses")
	for _, overlay := range production {
		for _, o := range with(t, overlay, "backup") {
			group, _, grouped := strings.Cut(o.APIVersion, "/")
			if !grouped {
				group = ""
			}
			resource := plural.Replace(strings.ToLower(o.Kind) + "s")
			if !slices.ContainsFunc(may, func(r struct{ APIGroups, Resources, Names, Verbs []string }) bool {
				named := len(r.Names) == 0 || slices.Contains(r.Names, o.Metadata.Name)
				can := slices.Contains(r.Verbs, "get") && slices.Contains(r.Verbs, "create") && slices.Contains(r.Verbs, "patch")
				return named && can && slices.Contains(r.APIGroups, group) && slices.Contains(r.Resources, resource)
			}) {
				t.Errorf("%s: it may not apply %s of %q", overlay, resource, group)
			}
		}
	}
}
