package plugins

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wheelOf is a wheel with those files.
func wheelOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

const fakeFile = "fake_pjrt-1.0-py3-none-manylinux_2_27_x86_64.whl"

// index serves one wheel as a package index, as JSON or as HTML, with a checksum of its own choice.
func index(t *testing.T, content []byte, sum, kind string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/simple/fake-pjrt/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		if strings.HasSuffix(kind, "json") {
			fmt.Fprintf(w, `{"files": [{"filename": %q, "url": "../../files/%s", "hashes": {"sha256": %q}, "size": %d}]}`,
				fakeFile, fakeFile, sum, len(content))
			return
		}
		fmt.Fprintf(w, "<html><body>\n<a class=x href=\"../../files/%s#sha256=%s\">%s</a><br>\n</body></html>",
			fakeFile, sum, fakeFile)
	})
	mux.HandleFunc("/files/", func(w http.ResponseWriter, _ *http.Request) { w.Write(content) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func fakeSet(sum string) Set {
	return Set{Platform: "cpu", Wheels: []Wheel{{Project: "fake-pjrt", Version: "1.0", File: fakeFile, SHA256: sum}}}
}

var fakePlugin = map[string]string{
	"fake_pjrt/pjrt_c_api_cpu_plugin.so": "a library", "fake_pjrt-1.0.dist-info/METADATA": "Name: fake-pjrt",
	"fake_pjrt-1.0.data/purelib/beside/x.txt": "beside",
}

func TestInstalledPluginsAreFound(t *testing.T) {
	t.Setenv(PathEnv, "")
	content := wheelOf(t, fakePlugin)
	for _, kind := range []string{"application/vnd.pypi.simple.v1+json", "text/html; charset=utf-8"} {
		server := index(t, content, sumOf(content), kind)
		i := &Installer{Cache: t.TempDir(), Index: server.URL + "/simple"}
		if _, err := Find("cpu", i.Cache); err == nil {
			t.Fatal("a plugin is found before any is installed")
		}
		plugin, err := i.Install(t.Context(), fakeSet(sumOf(content)))
		if err != nil {
			t.Fatal(err)
		}
		found, err := Find("cpu", i.Cache)
		if err != nil || found != plugin || found.Version != "fake-pjrt 1.0" || found.Libraries != "" {
			t.Errorf("found %+v, %v after %+v was installed", found, err, plugin)
		}
		if text, err := os.ReadFile(found.Path); err != nil || string(text) != "a library" {
			t.Errorf("the plugin is %q, %v", text, err)
		}
		if text, err := os.ReadFile(filepath.Join(Folder(i.Cache), "cpu/beside/x.txt")); err != nil || string(text) != "beside" {
			t.Errorf("what lies in purelib is %q, %v", text, err)
		}
		left, _ := filepath.Glob(filepath.Join(Folder(i.Cache), "wheels", "*.whl*"))
		for _, file := range left {
			if !strings.HasSuffix(file, ".lock") {
				t.Errorf("%s is left", file)
			}
		}
	}
}

func TestIndexOfTheEnvironment(t *testing.T) {
	t.Setenv(IndexEnv, "http://user:secret@127.0.0.1:1/simple")
	i := &Installer{Cache: t.TempDir()}
	_, err := i.Install(t.Context(), fakeSet("00"))
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v, want one of the index of %s, without its password", err, IndexEnv)
	}
}

func TestLibrariesOfCUDAAreWhereThePluginLooks(t *testing.T) {
	from := t.TempDir()
	set := Set{Platform: "cuda"}
	for name, files := range map[string]map[string]string{
		"a-1-py3-none-linux_x86_64.whl": {"jax_plugins/xla_cuda13/xla_cuda_plugin.so": "plugin"},
		"b-2-py3-none-linux_x86_64.whl": {"nvidia/cu13/lib/libcublas.so.13": "cublas"},
	} {
		content := wheelOf(t, files)
		if err := os.WriteFile(filepath.Join(from, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
		set.Wheels = append(set.Wheels, Wheel{Project: name[:1], Version: name[2:3], File: name, SHA256: sumOf(content)})
	}
	plugin, err := (&Installer{Cache: t.TempDir(), From: from}).Install(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	for _, relative := range []string{"../nvidia", "../../nvidia"} {
		path := filepath.Join(filepath.Dir(plugin.Path), relative, "cu13/lib/libcublas.so.13")
		if text, err := os.ReadFile(path); err != nil || string(text) != "cublas" {
			t.Errorf("%s beside the plugin: %q, %v", relative, text, err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(plugin.Libraries, "cu13/lib/libcublas.so.13")); string(text) != "cublas" {
		t.Errorf("in the folder of libraries: %q, %v", text, err)
	}
}

func TestWhatIsNoPluginIsRefusedAndTheOldOneStays(t *testing.T) {
	t.Setenv(PathEnv, "")
	good := wheelOf(t, fakePlugin)
	cache := t.TempDir()
	server := index(t, good, sumOf(good), "text/html")
	old, err := (&Installer{Cache: cache, Index: server.URL + "/simple"}).Install(t.Context(), fakeSet(sumOf(good)))
	if err != nil {
		t.Fatal(err)
	}
	none := wheelOf(t, map[string]string{"fake_pjrt/readme.txt": ""})
	outside := wheelOf(t, map[string]string{"../../evil.so": "evil"})
	for name, test := range map[string]struct {
		content           []byte
		listed, want, err string
	}{
		"another file than is pinned":      {none, sumOf(none), sumOf(good), "it is another file"},
		"damaged on the way":               {good[:len(good)-7], sumOf(good), sumOf(good), "the sha256 is"},
		"no checksum anywhere":             {good, "", "", "can't be checked"},
		"no plugin in it":                  {none, sumOf(none), sumOf(none), "no file is called pjrt_c_api_cpu_plugin.so"},
		"paths that lead out":              {outside, sumOf(outside), sumOf(outside), "leads out of the folder"},
		"no zip archive":                   {[]byte("PK"), sumOf([]byte("PK")), sumOf([]byte("PK")), "zip"},
		"damaged, and the index is silent": {good[:9], "", sumOf(good), "the sha256 is"},
	} {
		t.Run(name, func(t *testing.T) {
			server := index(t, test.content, test.listed, "application/vnd.pypi.simple.v1+json")
			_, err := (&Installer{Cache: cache, Index: server.URL + "/simple"}).Install(t.Context(), fakeSet(test.want))
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want one of %q", err, test.err)
			}
			if found, err := Find("cpu", cache); err != nil || found != old {
				t.Errorf("afterwards %+v is found, %v; want the old one", found, err)
			}
			if left, _ := filepath.Glob(filepath.Join(Folder(cache), ".new-*")); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(cache), "evil.so")); err == nil {
				t.Error("a file is outside of the folder")
			}
		})
	}
}

func TestOtherVersions(t *testing.T) {
	if len(Pinned("cpu").Wheels) == 0 {
		t.Skip("there are no plugins for this machine")
	}
	project := Pinned("cpu").Wheels[0].Project
	mux := http.NewServeMux()
	mux.HandleFunc("/"+project+"/", func(w http.ResponseWriter, _ *http.Request) {
		for _, file := range []string{
			"x-0.9-py3-none-manylinux_2_27_x86_64.whl", "x-0.9-py3-none-manylinux_2_27_aarch64.whl",
			"x-0.8-cp312-cp312-manylinux_2_27_x86_64.whl", "x-0.7.tar.gz",
		} {
			fmt.Fprintf(w, `<a href="%s#sha256=ab">%s</a>`, file, file)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	i := &Installer{Index: server.URL}
	set, err := i.Version(t.Context(), "cpu", "0.9")
	if err != nil || set.Wheels[0].File != "x-0.9-py3-none-manylinux_2_27_x86_64.whl" {
		t.Errorf("version 0.9 is %+v, %v", set.Wheels, err)
	}
	if _, err := i.Version(t.Context(), "cpu", "0.8"); err == nil || !strings.HasSuffix(err.Error(), "it has 0.9") {
		t.Errorf("error %v, want one that says which versions there are", err)
	}
	if Pinned("cpu").Wheels[0].Version == "0.9" {
		t.Error("the pinned wheels were changed")
	}
}

func TestFindLooksInTheFoldersOfTheEnvironmentFirst(t *testing.T) {
	folder, cache := t.TempDir(), t.TempDir()
	path := filepath.Join(folder, "pjrt_c_api_cpu_plugin.so")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(PathEnv, t.TempDir()+string(os.PathListSeparator)+folder)
	if found, err := Find("cpu", cache); err != nil || found.Path != path {
		t.Errorf("found %+v, %v; want %s", found, err, path)
	}
	_, err := Find("cuda", cache)
	var missing *MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), folder) || !strings.Contains(err.Error(), cache) ||
		!strings.Contains(missing.Hint(), "kontrast backend install cuda") {
		t.Errorf("error %v, want one that says where cuda was looked for, and the hint how to install it", err)
	}
	for _, platform := range []string{"", "../cpu", "*"} {
		if found, err := Find(platform, cache); err == nil {
			t.Errorf("platform %q is found: %+v", platform, found)
		}
	}
}

func TestPinnedWheels(t *testing.T) {
	for _, platform := range []string{"cpu", "cuda"} {
		set := pinnedFor(platform, "linux", "amd64")
		seen := map[string]bool{}
		for _, wheel := range set.Wheels {
			version, fits := wheelVersion(wheel.File)
			if !fits || version != wheel.Version || len(wheel.SHA256) != 64 || wheel.Bytes == 0 || seen[wheel.SHA256] {
				t.Errorf("%s: wheel %+v", platform, wheel)
			}
			seen[wheel.SHA256] = true
		}
		if set.LeastGlibc() != "2.27" || set.License == "" {
			t.Errorf("%s needs glibc %s, license %q", platform, set.LeastGlibc(), set.License)
		}
		if other := pinnedFor(platform, "darwin", "arm64"); len(other.Wheels) > 0 {
			t.Errorf("%s: wheels for another machine: %v", platform, other.Wheels)
		}
	}
}
