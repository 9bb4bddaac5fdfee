package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/kontrast-ml/kontrast/internal/eval"
)

// EmbedTexts embeds texts, one row a text, in the space of the images.
type EmbedTexts func(texts []string) (eval.Features, error)

// ZeroShot classifies images by their similarity to prompts with the names of
// the classes. The classifier of a class is the mean of its prompts'
// embeddings, of length 1 before and after (Radford et al. 2021, §3.1.4).
func ZeroShot(
	ctx context.Context, images eval.Set, classes []string, prompts Prompts, embed EmbedTexts,
) (*eval.Result, error) {
	if len(classes) == 0 || len(prompts.Templates) == 0 {
		return nil, fmt.Errorf("zero-shot classification: %d classes and %d prompts; there must be some of both",
			len(classes), len(prompts.Templates))
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
		return nil, fmt.Errorf("zero-shot classification: %d embeddings of %d prompts; there must be one of each",
			embedded.Len(), len(texts))
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

// Retrieval looks for the captions of each image among all captions, and for
// the image of each caption among all images: recall@1, @5 and @10 under one
// protocol each. captions[i] are those of image i, one or more. As in
// CLIP_benchmark an image has found its caption if it has found any of its own.
// Captions that are equal count as one, which every image that has it answers.
func Retrieval(
	ctx context.Context, images eval.Features, captions [][]string, embed EmbedTexts,
) ([]*eval.Result, error) {
	if len(captions) != images.Len() || images.Len() == 0 {
		return nil, fmt.Errorf("retrieval: captions of %d images for %d images", len(captions), images.Len())
	}
	var texts []string
	var imagesOf [][]int // of each text
	ids := map[string]int{}
	captionsOf := make([][]int, images.Len())
	for i, own := range captions {
		if len(own) == 0 || slices.Contains(own, "") {
			return nil, errors.New("retrieval: there are images without a caption")
		}
		for _, caption := range own {
			id, seen := ids[caption]
			if !seen {
				id = len(texts)
				ids[caption] = id
				texts = append(texts, caption)
				imagesOf = append(imagesOf, nil)
			}
			if !slices.Contains(captionsOf[i], id) {
				captionsOf[i] = append(captionsOf[i], id)
				imagesOf[id] = append(imagesOf[id], i)
			}
		}
		slices.Sort(captionsOf[i])
	}
	embedded, err := embed(texts)
	if err != nil {
		return nil, fmt.Errorf("retrieval: %w", err)
	}
	toText, err := eval.Retrieve(ctx, images, embedded, captionsOf)
	if err != nil {
		return nil, err
	}
	toImage, err := eval.Retrieve(ctx, embedded, images, imagesOf)
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
