package emit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// hostile has what a shell or YAML would take for something else.
var hostile = Sweep{
	Study: "it's $(touch evil) `x`: \"y\" #z", Runs: 4, Shards: 2, File: []byte("study: 'a'\n# \"b\"\n\tc: é\n"),
	Flags: []string{"--set=a='$(touch evil)'", "--set=b=\"c\": [d]"}, Image: "i\"m", Claim: "c", CPUs: 2,
}

func emitted(t *testing.T, kind string, s Sweep) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "a b")
	if _, err := Write(kind, folder, s); err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestKubernetesHasWhatItsSchemaAsksFor reads the manifests as Kubernetes does.
func TestKubernetesHasWhatItsSchemaAsksFor(t *testing.T) {
	folder := emitted(t, "kubernetes", hostile)
	var kinds []string
	for _, name := range []string{"job.yaml", "merge.yaml"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\n---\n") {
			var doc map[string]any
			if err := yaml.Unmarshal([]byte(part), &doc); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, part)
			}
			at := func(path ...string) (value any) {
				value = doc
				for _, key := range path {
					object, ok := value.(map[string]any)
					if !ok || object[key] == nil {
						t.Fatalf("%s: %v is missing", name, path)
					}
					value = object[key]
				}
				return value
			}
			kinds = append(kinds, at("apiVersion").(string)+" "+at("kind").(string))
			label := at("metadata", "name").(string)
			if label != strings.Trim(label, "-") || len(label) > 63 || strings.ToLower(label) != label {
				t.Errorf("%s: name %q is none by RFC 1123", name, label)
			}
			if doc["kind"] == "ConfigMap" {
				if got := at("data", "study.yaml"); got != string(hostile.File) {
					t.Errorf("the study came out as %q", got)
				}
				continue
			}
			pod := at("spec", "template", "spec").(map[string]any)
			if pod["restartPolicy"] != "Never" {
				t.Errorf("%s: restartPolicy %v: a Job takes Never or OnFailure", name, pod["restartPolicy"])
			}
			container := pod["containers"].([]any)[0].(map[string]any)
			if container["image"] != hostile.Image {
				t.Errorf("%s: image %q", name, container["image"])
			}
			script := container["args"].([]any)[0].(string)
			if output, err := exec.Command("sh", "-n", "-c", script).CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s\n%s", name, err, output, script)
			}
			volumes := map[any]bool{}
			for _, volume := range pod["volumes"].([]any) {
				volumes[volume.(map[string]any)["name"]] = true
			}
			for _, mount := range container["volumeMounts"].([]any) {
				if !volumes[mount.(map[string]any)["name"]] {
					t.Errorf("%s: %v is mounted and no volume", name, mount)
				}
			}
		}
	}
	if got := strings.Join(kinds, ", "); got != "v1 ConfigMap, batch/v1 Job, batch/v1 Job" {
		t.Errorf("manifests %s", got)
	}
}

// TestNamesAreOnlyNames runs the scripts with a program that prints its arguments.
func TestNamesAreOnlyNames(t *testing.T) {
	program := filepath.Join(t.TempDir(), "kontrast")
	script := "#!/bin/sh\nfor word in \"$@\"; do printf '%s\\n' \"$word\"; done\ncase $* in *compare*) : > " +
		"\"${DB:-/dev/null}\";; esac\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for kind, command := range map[string][]string{"shell": {"./run.sh", "1"}, "slurm": {"bash", "array.sbatch"}} {
		folder := emitted(t, kind, hostile)
		run := exec.Command(command[0], command[1:]...)
		run.Dir = folder
		run.Env = append(os.Environ(), "KONTRAST="+program, "SLURM_SUBMIT_DIR="+folder, "SLURM_ARRAY_TASK_ID=1")
		output, err := run.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", kind, err, output)
		}
		for _, word := range append([]string{"compare", hostile.Study, "1/2", filepath.Join(folder, "study.yaml")},
			hostile.Flags...) {
			if !strings.Contains("\n"+string(output), "\n"+word+"\n") {
				t.Errorf("%s: the arguments don't have %q:\n%s", kind, word, output)
			}
		}
		if found, _ := filepath.Glob(filepath.Join(folder, "evil")); len(found) > 0 {
			t.Errorf("%s: a name was run as a command", kind)
		}
	}
}
