package experiment

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/textfile"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Settings that are files which count for a run's numbers, beside its data and weights.
const (
	promptsSetting = "eval.prompts.file"
	mergesSetting  = "method.tokenizer.merges"
)

// otherData begins the settings of the data sets that are measured on besides.
const otherData = "eval.datasets."

// PathSettings are the settings that are paths of files and folders, but for
// those of data sets that are measured on besides.
var PathSettings = []string{
	"dataset.path", "dataset.test", "dataset.images", "dataset.class_names", "dataset.attributes",
	promptsSetting, mergesSetting, "backbone.weights.file", "backbone.weights.merges",
}

// pathSettings are the settings of a configuration that are paths of files and folders.
func pathSettings(doc *config.Document) []string {
	keys := slices.Clone(PathSettings)
	for i := 0; ; i++ {
		choice := fmt.Sprint(otherData, i)
		if _, given := doc.Root().Get(choice); !given {
			return keys
		}
		for _, setting := range PathSettings {
			if name, ofData := strings.CutPrefix(setting, "dataset."); ofData {
				keys = append(keys, choice+"."+name)
			}
		}
	}
}

// contents are the digests of what lies at a plan's settings, as [store.Data]
// has them. What can't be read is in unread: whoever needs it says what is wrong with it.
func (p *Plan) contents(ctx context.Context, env data.Env) (found map[string]string, unread []string, err error) {
	found = map[string]string{}
	put := func(key, content string, err error) {
		if err == nil {
			found[key] = content
		} else {
			unread = append(unread, key)
		}
	}
	if file := p.Spec.Eval.Prompts.File; file != "" {
		prompts, err := transfer.LoadPrompts(file)
		put(promptsSetting, prompts.Digest(), err)
	}
	doc, err := config.Parse("configuration", config.Canonical(p.Spec))
	if err != nil {
		return nil, nil, err
	}
	merges, _ := doc.Root().Get(mergesSetting)
	if file, given := merges.Text(); given && file != "" {
		text, err := textfile.ReadSmall(file)
		put(mergesSetting, fmt.Sprintf("%x", sha256.Sum256(text)), err)
	}
	for i, other := range p.Others {
		if other.path() != "" {
			content, err := other.content(ctx, env)
			put(fmt.Sprintf("%s%d.path", otherData, i), content, err)
		}
	}
	return found, unread, ctx.Err()
}

// content is a digest of the data set's splits.
func (o Other) content(ctx context.Context, env data.Env) (string, error) {
	var splits []data.Dataset
	for _, name := range []data.Split{data.Train, data.Test} {
		split, err := o.Factory.Open(ctx, o.Choice.Params, name, env)
		if err != nil {
			return "", err
		}
		splits = append(splits, split)
	}
	return contentOf(ctx, splits...)
}

// contentOf is a digest of the splits of a data set, in hexadecimal.
func contentOf(ctx context.Context, splits ...data.Dataset) (string, error) {
	sum := sha256.New()
	for _, split := range splits {
		fingerprint, err := data.Fingerprint(ctx, split)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, fingerprint)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

// contentsKey is equal for plans whose contents are.
func (p *Plan) contentsKey() string {
	return config.Hash(struct {
		Prompts string          `yaml:"prompts" doc:"-"`
		Method  config.Choice   `yaml:"method" doc:"-"`
		Others  []config.Choice `yaml:"others" doc:"-"`
	}{p.Spec.Eval.Prompts.File, p.Spec.Method, p.Spec.Eval.Datasets})
}

// contentsOf is [Plan.contents]; a study looks at each once.
func (r *Runner) contentsOf(ctx context.Context, plan *Plan) (found map[string]string, unread []string, err error) {
	r.seen.mu.Lock()
	defer r.seen.mu.Unlock()
	key := plan.contentsKey()
	seen, known := r.seen.contents[key]
	if !known {
		if seen.found, seen.unread, err = plan.contents(ctx, r.Data); err != nil {
			return nil, nil, err
		}
		if r.seen.contents == nil {
			r.seen.contents = map[string]contents{}
		}
		r.seen.contents[key] = seen
	}
	return maps.Clone(seen.found), seen.unread, nil
}

// contents are what [Plan.contents] has found.
type contents struct {
	found  map[string]string
	unread []string
}

// trainedWith are the recorded data without contents that may be others now:
// what is measured on besides, since protocols tell it, and what the changes name.
func (s *session) trainedWith(changes Changes) store.Data {
	was := s.recorded
	was.Contents = maps.Clone(was.Contents)
	maps.DeleteFunc(was.Contents, func(key, _ string) bool {
		return strings.HasPrefix(key, otherData) || changes.otherPrompts && key == promptsSetting
	})
	return was
}
