package experiment

import (
	"errors"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/weights"
)

// Weights says whose weights a backbone starts from.
type Weights struct {
	File    string `yaml:"file"`
	From    string `yaml:"from"`
	Encoder string `yaml:"encoder"`
	SHA256  string `yaml:"sha256"`
	// Merges is the merges file of the tokenizer of CLIP's text tower, which is
	// taken from the file of weights with it; empty for no text tower.
	Merges       string `yaml:"merges" omit:"none"`
	MergesSHA256 string `yaml:"merges_sha256" omit:"none"`
}

// Validate reports a file that is not named.
func (w Weights) Validate() error {
	if w.File == "" {
		return config.Faultf("file", "must be given")
	}
	return nil
}

// weightsKey is the key of a backbone's section that names a file of weights.
const weightsKey = "weights"

// weightsOf reads the weights of a backbone's section: a file, or a mapping. It
// returns nil if there are none.
func weightsOf(choice *config.Choice) (*Weights, error) {
	node, given := choice.Node().Get(weightsKey)
	if !given {
		return nil, nil
	}
	w := &Weights{}
	if file, short := node.Text(); short {
		w.File = file
	} else if err := config.Decode(node, w); err != nil {
		return nil, err
	}
	return w, nil
}

// chooseBackbone resolves the backbone, and the weights that it starts from.
func (c Catalog) chooseBackbone(plan *Plan) error {
	choice := &plan.Spec.Backbone
	if err := choose(c.Backbones, choice, &plan.Backbone, weightsKey); err != nil {
		return err
	}
	given, err := weightsOf(choice)
	if err != nil || given == nil {
		return err
	}
	if given.Merges != "" && given.MergesSHA256 == "" {
		if given.MergesSHA256, err = fileDigest(given.Merges); err != nil {
			return choice.Node().Faultf(weightsKey, "merges: %v", err)
		}
	}
	if given.SHA256 == "" { // as a user writes it; a recorded run has it
		if given.SHA256, err = given.digest(); err != nil {
			return choice.Node().Faultf(weightsKey, "%v", err)
		}
	}
	plan.Weights = given
	choice.Keep(weightsKey, given)
	return nil
}

// digest is the SHA-256 of the file, which makes the configuration one of these
// weights, whatever the file is called. A file that is none is found out here.
func (w *Weights) digest() (string, error) {
	source, err := weights.Open(w.File, w.From, w.Encoder)
	if err != nil {
		return "", err
	}
	return source.SHA256, source.Close()
}

// WeightsDigest is the SHA-256 of a file of weights, which is an error for one that is none.
func WeightsDigest(file string) (string, error) { return (&Weights{File: file}).digest() }

// startFromWeights gives the backbone's variables the values of the plan's file.
func (s *session) startFromWeights() (err error) {
	source, err := weights.Open(s.plan.Weights.File, s.plan.Weights.From, s.plan.Weights.Encoder)
	if err != nil {
		return fmt.Errorf("backbone.weights: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if source.SHA256 != s.plan.Weights.SHA256 {
		return refusal{fmt.Errorf("%s is not the file that the configuration was made with: its SHA-256 is %s, expected %s",
			s.plan.Weights.File, source.SHA256, s.plan.Weights.SHA256),
			"say where that file is now: --set backbone.weights.file=FILE"}
	}
	variables, err := weights.Variables(s.Backend, s.backbone, s.images.size)
	if err != nil {
		return fmt.Errorf("backbone: %w", err)
	}
	fitted, err := source.Fit(variables)
	if err != nil {
		return fmt.Errorf("backbone.weights: %s: %w", s.plan.Weights.File, err)
	}
	for path, value := range fitted.Values {
		if _, err := s.store.CreateVariable(backbonePath+path, value); err != nil {
			return err
		}
	}
	s.from = importOf(source, fitted, s.plan.Weights.File)
	if s.plan.Weights.Merges != "" {
		return s.startTexts(source)
	}
	return nil
}
