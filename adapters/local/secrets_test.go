package local

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// TestSecretsAreKept: those of an older version under their new names, and what a service requires beside them.
func TestSecretsAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secrets.json"), []byte(`{"pepper": "old pepper", "webhook": "whsec_old"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := loadSecrets(dir)
	if err != nil || first["PASSWORD_PEPPER"] != "old pepper" || first[webhookSecret] != "whsec_old" || len(first["JWT_SECRET"]) < 32 {
		t.Fatalf("%v, %v", first, err)
	}
	if second, err := loadSecrets(dir); err != nil || !maps.Equal(first, second) {
		t.Errorf("not the same again: %v, %v", second, err)
	}
}
