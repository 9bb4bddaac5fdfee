package experiment

import (
	"context"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
)

// captions are what a method that learns from texts needs beside images.
type captions struct {
	method  framework.CaptionMethod
	tokens  *trainer.Captions
	prompts transfer.Prompts
}

// openCaptions makes the captions of the training set, of the class names if
// it has none of its own; nil for methods that learn from images alone, whose training set has
// each image once.
func (s *session) openCaptions() (*captions, error) {
	method, ok := s.method.(framework.CaptionMethod)
	if !ok { // it looks at images alone: each is one sample, whatever is said of it
		s.images.training, _ = data.OnePerImage(s.images.training)
		return nil, nil
	}
	c := &captions{method: method}
	var err error
	if c.prompts, err = s.plan.Spec.Eval.Prompts.Prompts(s.plan.Spec.Dataset.Name); err != nil {
		return nil, err
	}
	if s.images.training, err = transfer.Captioned(s.images.training, c.prompts); err != nil {
		return nil, err
	}
	s.images.captioned = true
	c.tokens, err = trainer.NewCaptions(method, transfer.Captions(s.images.training))
	return c, err
}

// towers are the networks of the space that images and texts share.
func (c *captions) towers(s *session) (*transfer.Towers, error) {
	return transfer.NewTowers(s.Backend, s.store, s.backbone, c.method, c.tokens.Tokenizer)
}

// evaluate scores the shared space of images and texts: zero-shot
// classification, and retrieval where the test images have captions.
func (c *captions) evaluate(ctx context.Context, s *session) ([]*eval.Result, error) {
	towers, err := c.towers(s)
	if err != nil {
		return nil, err
	}
	defer towers.Close()
	set, samples := data.OnePerImage(s.images.test)
	test, err := s.images.pass(set, s.plan.Spec)
	if err != nil {
		return nil, err
	}
	images, err := towers.Images(ctx, test)
	if err != nil {
		return nil, err
	}
	images.Indices = originals(samples, images.Indices)
	captions := transfer.CaptionsOf(s.images.test, images.Indices)
	return towers.Evaluate(ctx, images, captions, s.images.test.Classes(), c.prompts)
}
