package web

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// To take up another version: change version in vendor.json, fetch (which says
// what sha256 it has found), look at its license, and put the sha256 down.
var fetch = flag.Bool("fetch", false, "download the vendored scripts that vendor.json lists from the npm registry, "+
	"and write them if their sha256 is the one listed")

// vendored is a script of others, a file of an npm package.
type vendored struct {
	File, Package, Version, Path, SHA256, License, Use string
	LicenseFile                                        string `json:"license_file"`
}

var vendorFolder = filepath.Join("assets", "vendor")

// TestVendoredScriptsAreThoseListed checks every script of others against its
// sha256, and that each has a version and a license.
func TestVendoredScriptsAreThoseListed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(vendorFolder, "vendor.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []vendored
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	known := []string{"vendor.json"}
	for _, script := range list {
		if *fetch {
			if err := script.fetch(t); err != nil {
				t.Errorf("%s: %v", script.File, err)
			}
		}
		script.check(t)
		known = append(known, script.File, script.LicenseFile)
	}
	entries, err := os.ReadDir(vendorFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(known, entry.Name()) {
			t.Errorf("%s is not in vendor.json", entry.Name())
		}
	}
}

func (v vendored) check(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(vendorFolder, v.File))
	if err != nil {
		t.Error(err)
		return
	}
	if got := digestOf(content); got != v.SHA256 {
		t.Errorf("%s has sha256 %s, listed is %s", v.File, got, v.SHA256)
	}
	if strings.Contains(strings.ToLower(string(content)), "</script") && strings.HasSuffix(v.File, ".js") {
		t.Errorf("%s ends the script element that it is put into", v.File)
	}
	license, err := os.ReadFile(filepath.Join(vendorFolder, v.LicenseFile))
	if err != nil || len(license) < 300 {
		t.Errorf("%s: license %q: %d bytes, %v", v.File, v.LicenseFile, len(license), err)
	}
	for _, field := range []string{v.Package, v.Version, v.Path, v.License, v.Use} {
		if field == "" {
			t.Errorf("%s lacks a field: %+v", v.File, v)
		}
	}
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// fetch downloads the package and writes the script.
func (v vendored) fetch(t *testing.T) error {
	t.Helper()
	url := fmt.Sprintf("https://registry.npmjs.org/%s/-/%s-%s.tgz", v.Package, path.Base(v.Package), v.Version)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	content, err := archived(response.Body, v.Path)
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if got := digestOf(content); got != v.SHA256 {
		return fmt.Errorf("%s: %s has sha256 %s, listed is %s", url, v.Path, got, v.SHA256)
	}
	return os.WriteFile(filepath.Join(vendorFolder, v.File), content, 0o644)
}

// archived reads a file of a packed archive.
func archived(packed io.Reader, name string) ([]byte, error) {
	unzip, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	for archive := tar.NewReader(unzip); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("no file %s", name)
		}
		if err != nil {
			return nil, err
		}
		if header.Name == name {
			return io.ReadAll(archive)
		}
	}
}
