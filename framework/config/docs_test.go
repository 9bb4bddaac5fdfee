package config

import (
	"strings"
	"testing"
)

type explained struct {
	simclr `yaml:",inline"`
	Width  int `yaml:"width" range:"[1,inf)"`
	Depth  int `yaml:"depth" doc:"in the tag"`
}

func (explained) Docs() Docs {
	return Docs{
		"width": {Doc: "in the table", Source: "a paper"}, "depth": {Doc: "overruled", Source: "another"},
		"temperature": {Doc: "not the inline struct's own"},
	}
}

func TestDocsStandInTableOrTag(t *testing.T) {
	got := map[string]Field{}
	for _, field := range Describe(explained{}) {
		got[field.Path] = field
	}
	for path, want := range map[string]Doc{
		"width": {"in the table", "a paper"}, "depth": {"in the tag", "another"},
		"temperature": {"softmax temperature", "Chen et al. 2020, §5.1"},
	} {
		if f := got[path]; f.Doc != want.Doc || f.Source != want.Source {
			t.Errorf("%s is documented as %q from %q, want %q from %q", path, f.Doc, f.Source, want.Doc, want.Source)
		}
	}
}

type misspelled struct {
	Width int `yaml:"width"`
}

func (misspelled) Docs() Docs { return Docs{"widht": {Doc: "width of the embeddings"}} }

func TestDocsOfNoKeyAreAMistake(t *testing.T) {
	err := Check(&misspelled{})
	if err == nil || !strings.Contains(err.Error(), `its docs explain the key "widht", which it does not have`) {
		t.Errorf("got %v", err)
	}
}
