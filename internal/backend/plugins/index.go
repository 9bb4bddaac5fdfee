package plugins

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// IndexEnv is pip's environment variable for the package index.
const IndexEnv = "PIP_INDEX_URL"

// PyPI is the public package index.
const PyPI = "https://pypi.org/simple"

// Index is the address of the package index to use: the one given, else that
// of pip's environment variable, else the public one.
func Index(given string) string { return cmp.Or(given, os.Getenv(IndexEnv), PyPI) }

// listed is a file that an index has.
type listed struct {
	url    string
	sha256 string // empty if the index does not say
	bytes  int64  // 0 if the index does not say
}

const mostOfAnIndex = 64 << 20 // bytes of a project's page

// files asks an index for the files of a project, by name, by the simple
// repository API (https://packaging.python.org/en/latest/specifications/simple-repository-api/),
// as JSON or as HTML.
func (i *Installer) files(ctx context.Context, project string) (map[string]listed, error) {
	at, err := url.Parse(strings.TrimSuffix(Index(i.Index), "/") + "/" + project + "/")
	if err != nil || at.Host == "" {
		return nil, fmt.Errorf("package index %q: expected an address such as %s", Index(i.Index), PyPI)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1")
	response, err := i.client().Do(request)
	if err != nil {
		return nil, fmt.Errorf("package index: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("package index: %s answers %s", at.Redacted(), response.Status)
	}
	page, err := io.ReadAll(io.LimitReader(response.Body, mostOfAnIndex))
	if err != nil {
		return nil, fmt.Errorf("package index: %s: %w", at.Redacted(), err)
	}
	base := response.Request.URL // after redirections
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); strings.HasSuffix(kind, "json") {
		return listedInJSON(base, page)
	}
	return listedInHTML(base, page)
}

func listedInJSON(base *url.URL, page []byte) (map[string]listed, error) {
	var project struct {
		Files []struct {
			Filename string            `json:"filename"`
			URL      string            `json:"url"`
			Hashes   map[string]string `json:"hashes"`
			Size     int64             `json:"size"`
		} `json:"files"`
	}
	if err := json.Unmarshal(page, &project); err != nil {
		return nil, fmt.Errorf("package index: %s: %w", base.Redacted(), err)
	}
	found := map[string]listed{}
	for _, file := range project.Files {
		at, err := base.Parse(file.URL)
		if err != nil {
			return nil, fmt.Errorf("package index: %s: %w", base.Redacted(), err)
		}
		found[file.Filename] = listed{at.String(), file.Hashes["sha256"], file.Size}
	}
	return found, nil
}

// anchor is a link of the simple API's HTML, which is nothing but a list of links.
var anchor = regexp.MustCompile(`(?is)<a\s[^>]*?href\s*=\s*["']([^"']*)["']`)

func listedInHTML(base *url.URL, page []byte) (map[string]listed, error) {
	found := map[string]listed{}
	for _, match := range anchor.FindAllSubmatch(page, -1) {
		at, err := base.Parse(html.UnescapeString(string(match[1])))
		if err != nil {
			return nil, fmt.Errorf("package index: %s: %w", base.Redacted(), err)
		}
		sum, _ := strings.CutPrefix(at.Fragment, "sha256=")
		at.Fragment = ""
		found[path.Base(at.Path)] = listed{at.String(), sum, 0}
	}
	return found, nil
}

// locate finds a wheel: in the folder of files that are there already, or in the index.
func (i *Installer) locate(ctx context.Context, wheel *Wheel) (listed, error) {
	if i.From != "" {
		at := filepath.Join(i.From, wheel.File)
		if !isFile(at) {
			return listed{}, fmt.Errorf("%s has no %s; get it with: pip download --no-deps %s==%s",
				i.From, wheel.File, wheel.Project, wheel.Version)
		}
		return listed{url: at}, nil
	}
	files, err := i.files(ctx, wheel.Project)
	if err != nil {
		return listed{}, err
	}
	found, ok := files[wheel.File]
	if !ok {
		return listed{}, fmt.Errorf("package index %s has no %s of project %s (it has %d files of the project); another index: "+
			"--index URL or %s", redacted(Index(i.Index)), wheel.File, wheel.Project, len(files), IndexEnv)
	}
	if wheel.SHA256 != "" && found.sha256 != "" && found.sha256 != wheel.SHA256 {
		return listed{}, fmt.Errorf("package index %s says that the sha256 of %s is %s, expected %s: it is another file",
			redacted(Index(i.Index)), wheel.File, found.sha256, wheel.SHA256)
	}
	wheel.Bytes = max(wheel.Bytes, found.bytes)
	return found, nil
}

func redacted(address string) string {
	if at, err := url.Parse(address); err == nil {
		return at.Redacted()
	}
	return address
}
