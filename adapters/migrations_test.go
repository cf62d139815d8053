package adapters_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestIndexesLockNoTable: an index of a table that may be large is made while others write to it.
func TestIndexesLockNoTable(t *testing.T) {
	t.Parallel()
	const released = "payments/migrations/00050_reversals.sql" // before there was this rule
	files, err := filepath.Glob(filepath.Join(root, "functions/*/migrations/*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	index := regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+)`)
	for _, file := range files {
		if strings.HasSuffix(filepath.ToSlash(file), released) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range index.FindAllStringSubmatch(string(text), -1) {
			if name, table := found[1], found[2]; !strings.Contains(string(text), "CREATE TABLE "+table+" ") {
				t.Errorf("%s: %s keeps writers of %s waiting: CREATE INDEX CONCURRENTLY, and NO TRANSACTION", file, name, table)
			}
		}
	}
}
