package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/yannh/kubeconform/pkg/resource"
	"github.com/yannh/kubeconform/pkg/validator"
)

// origin is a module that holds schemas as files.
type origin struct{ module, version, files string }

// origins are all APIs that manifests may use, at the versions they are held to.
var origins = []origin{
	{"k8s.io/kubernetes", "v1.36.3", swagger},
	{"knative.dev/serving", "v0.50.0", "config/core/300-resources/*.yaml"},
	{"knative.dev/eventing", "v0.50.0", "config/core/resources/*.yaml"},
	{"sigs.k8s.io/gateway-api", "v1.4.1", "config/crd/standard/*.yaml"},
	{"github.com/cert-manager/cert-manager", "v1.21.2", "deploy/crds/*.yaml"},
	{"github.com/cloudnative-pg/cloudnative-pg", "v1.28.0", "config/crd/bases/*.yaml"},
	{"github.com/kedacore/keda/v2", "v2.21.0", "config/crd/bases/*.yaml"},
	{"github.com/external-secrets/external-secrets", "v1.3.2", "config/crds/bases/*.yaml"},
	{"github.com/bitnami-labs/sealed-secrets", "v0.40.0", "helm/sealed-secrets/crds/*.yaml"},
	{"github.com/prometheus-operator/prometheus-operator", "v0.85.0", "example/prometheus-operator-crd/*.yaml"},
}

// swagger is where the API server's own kinds are.
const swagger = "api/openapi-spec/swagger.json"

// converter is what made the schemas that are kept: when it changes they are made anew.
//
//go:embed convert.go
var converter []byte

// Schemas holds objects to the schemas of their kinds.
type Schemas struct {
	dir       string
	validator validator.Validator
}

// OpenSchemas makes the schemas in a folder below dir, unless they are there. That takes a minute, and some 400 MB
// of modules, from the module proxy.
func OpenSchemas(ctx context.Context, dir string) (*Schemas, error) {
	sum := sha256.Sum256(fmt.Append(converter, origins))
	dir, err := filepath.Abs(filepath.Join(dir, hex.EncodeToString(sum[:8])))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if err := makeSchemas(ctx, dir); err != nil {
			return nil, err
		}
	}
	v, err := validator.New([]string{filepath.Join(dir, "{{.Group}}", "{{.ResourceKind}}-{{.ResourceAPIVersion}}.json")}, validator.Opts{Strict: true})
	if err != nil {
		return nil, err
	}
	return &Schemas{dir, v}, nil
}

// Check says what is wrong with an object. A kind without a schema is wrong, too.
func (s *Schemas) Check(o Object) error {
	result := s.validator.ValidateResource(resource.Resource{Path: o.String(), Bytes: o.Text})
	if result.Status == validator.Valid {
		return nil
	}
	return fmt.Errorf("%s %s: %w", o.APIVersion, o, result.Err)
}

// makeSchemas fills a folder that is not there; whoever makes the same at the same time does no harm.
func makeSchemas(ctx context.Context, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return err
	}
	making, err := os.MkdirTemp(filepath.Dir(dir), "making-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(making)
	folders, err := download(ctx, making)
	if err != nil {
		return err
	}
	var definitions map[string]schema
	for i, from := range origins { // Kubernetes is the first: the others use its metadata
		files, err := filepath.Glob(filepath.Join(folders[i], filepath.FromSlash(from.files)))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("%s %s has no %s: %w", from.module, from.version, from.files, errors.Join(err, os.ErrNotExist))
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			var made map[string]schema
			if from.files == swagger {
				made, definitions, err = kubernetesSchemas(text)
			} else {
				made, err = resourceSchemas(text, definitions)
			}
			if err = errors.Join(err, write(making, made)); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	if err := os.Rename(making, dir); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// download returns the folders of the origins' modules in the module cache.
func download(ctx context.Context, outside string) ([]string, error) {
	args := []string{"mod", "download", "-json"}
	for _, o := range origins {
		args = append(args, o.module+"@"+o.version)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = outside // of the workspace, whose sums are none of this
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, failed := cmd.Output()
	var folders []string
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct{ Path, Version, Dir, Error string }
		if err := lines.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, errors.Join(err, failed)
		}
		if m.Error != "" {
			return nil, fmt.Errorf("%s %s: %s", m.Path, m.Version, m.Error)
		}
		folders = append(folders, m.Dir)
	}
	if failed != nil || len(folders) != len(origins) {
		return nil, fmt.Errorf("go mod download gave %d of %d modules: %w", len(folders), len(origins), failed)
	}
	return folders, nil
}

// write puts each schema where the validator looks for it.
func write(dir string, made map[string]schema) error {
	for name, s := range made {
		path := filepath.Join(dir, filepath.FromSlash(name)+".json")
		text, err := json.Marshal(s)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o750)
		}
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
