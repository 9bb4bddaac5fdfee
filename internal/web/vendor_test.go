package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestVendoredScriptsAreThoseListed checks every script of others against its
// sha256, and that each has a version and a license.
func TestVendoredScriptsAreThoseListed(t *testing.T) {
	folder := filepath.Join("assets", "vendor")
	text, err := os.ReadFile(filepath.Join(folder, "vendor.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		File, Package, Version, Path, SHA256, License, Use string
		LicenseFile                                        string `json:"license_file"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	known := []string{"vendor.json"}
	for _, script := range list {
		content, err := os.ReadFile(filepath.Join(folder, script.File))
		if err != nil {
			t.Error(err)
			continue
		}
		sum := sha256.Sum256(content)
		if got := hex.EncodeToString(sum[:]); got != script.SHA256 {
			t.Errorf("%s has sha256 %s, listed is %s", script.File, got, script.SHA256)
		}
		if strings.Contains(strings.ToLower(string(content)), "</script") && strings.HasSuffix(script.File, ".js") {
			t.Errorf("%s ends the script element that it is put into", script.File)
		}
		license, err := os.ReadFile(filepath.Join(folder, script.LicenseFile))
		if err != nil || len(license) < 300 {
			t.Errorf("%s: license %q: %d bytes, %v", script.File, script.LicenseFile, len(license), err)
		}
		for _, field := range []string{script.Package, script.Version, script.Path, script.License, script.Use} {
			if field == "" {
				t.Errorf("%s lacks a field: %+v", script.File, script)
			}
		}
		known = append(known, script.File, script.LicenseFile)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(known, entry.Name()) {
			t.Errorf("%s is not in vendor.json", entry.Name())
		}
	}
}
