package transfer

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
)

// EmbedTexts embeds texts, one row a text, in the space of the images.
type EmbedTexts func(texts []string) (eval.Features, error)

// ZeroShot classifies images by their similarity to prompts with the names of
// the classes. The classifier of a class is the mean of its prompts'
// embeddings, of length 1 before and after (Radford et al. 2021, §3.1.4).
func ZeroShot(ctx context.Context, images eval.Set, classes []string, prompts Prompts, embed EmbedTexts) (*eval.Result, error) {
	if len(classes) == 0 || len(prompts.Templates) == 0 {
		return nil, fmt.Errorf("zero-shot classification: %d classes and %d prompts; there must be some of both", len(classes), len(prompts.Templates))
	}
	var texts []string
	for _, class := range classes {
		texts = append(texts, prompts.Of(class)...)
	}
	embedded, err := embed(texts)
	if err != nil {
		return nil, fmt.Errorf("zero-shot classification: %w", err)
	}
	if embedded.Len() != len(texts) {
		return nil, fmt.Errorf("zero-shot classification: %d embeddings of %d prompts; there must be one of each", embedded.Len(), len(texts))
	}
	each := make([]eval.Features, len(classes))
	for i := range each {
		size := len(prompts.Templates) * embedded.Dim
		each[i] = eval.Features{Dim: embedded.Dim, Data: embedded.Data[i*size : (i+1)*size]}
	}
	classifier, err := eval.ZeroShotClassifier(each)
	if err != nil {
		return nil, err
	}
	scores, err := eval.ZeroShot(ctx, images.Features, classifier, 100)
	if err != nil {
		return nil, err
	}
	return eval.Classified(protocol("zero-shot", map[string]string{
		"prompts": prompts.Name, "prompts_per_class": strconv.Itoa(len(prompts.Templates)),
	}), scores, images.Labels)
}

// Retrieval looks for the caption of each image among all captions, and for
// the image of each caption among all images: recall@1, @5 and @10 under one
// protocol each. Captions that are equal count as one, which every image that
// has it answers.
func Retrieval(ctx context.Context, images embed.Images, embed EmbedTexts) ([]*eval.Result, error) {
	if len(images.Captions) != images.Len() || images.Len() == 0 {
		return nil, fmt.Errorf("retrieval: %d captions for %d images", len(images.Captions), images.Len())
	}
	var texts []string
	ids := map[string]int{}
	captionOf := make([]int, images.Len())
	for i, caption := range images.Captions {
		if caption == "" {
			return nil, errors.New("retrieval: there are images without a caption")
		}
		id, seen := ids[caption]
		if !seen {
			id = len(texts)
			ids[caption] = id
			texts = append(texts, caption)
		}
		captionOf[i] = id
	}
	embedded, err := embed(texts)
	if err != nil {
		return nil, fmt.Errorf("retrieval: %w", err)
	}
	own := make([]int, len(texts))
	for i := range own {
		own[i] = i
	}
	toText, err := eval.Retrieve(ctx, images.Features, embedded, captionOf, own)
	if err != nil {
		return nil, err
	}
	toImage, err := eval.Retrieve(ctx, embedded, images.Features, own, captionOf)
	if err != nil {
		return nil, err
	}
	return []*eval.Result{
		recalls(toText, "image-to-text", len(texts)),
		recalls(toImage, "text-to-image", images.Len()),
	}, nil
}

func recalls(found *eval.Retrieval, direction string, candidates int) *eval.Result {
	result := &eval.Result{
		Protocol: protocol("retrieval", map[string]string{"direction": direction, "candidates": strconv.Itoa(candidates)}),
	}
	for _, k := range []int{1, 5, 10} {
		result.Values = append(result.Values, eval.Value{Metric: fmt.Sprintf("recall@%d", k), Value: found.Recall(k)})
	}
	return result
}
