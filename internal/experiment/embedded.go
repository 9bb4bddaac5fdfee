package experiment

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
)

// embedded embeds the images of a split, not augmented, with the backbone as it
// is. An image that several samples show is there once, under its first sample.
func (s *session) embedded(ctx context.Context, split data.Split, set data.Dataset) (embed.Images, error) {
	return s.embeddedBy(ctx, "", s.images, split, set)
}

// embeddedBy embeds a split of any data set as its images are made for
// evaluation, and records what could not be read. The data set has a name
// unless it is the one trained on.
func (s *session) embeddedBy(
	ctx context.Context, name string, by *images, split data.Split, set data.Dataset,
) (embed.Images, error) {
	images, err := s.embedBy(ctx, by, split, set)
	if err != nil {
		return images, err
	}
	return images, s.recordUnread(ctx, name, split, by)
}

// embedBy is embeddedBy for who records nothing.
func (s *session) embedBy(
	ctx context.Context, by *images, split data.Split, set data.Dataset,
) (images embed.Images, err error) {
	set, samples := data.OnePerImage(set)
	batches, err := by.pass(set, s.plan.Spec)
	if err != nil {
		return images, err
	}
	images, err = s.features.Images(ctx, batches)
	if err == nil && images.Len() == 0 {
		err = fmt.Errorf("none of the %d images of the %s split can be read: %w", set.Len(), split, batches.Failures()[0].Err)
	}
	if err != nil {
		return images, err
	}
	images.Indices = originals(samples, images.Indices)
	return images, err
}

// originals are the samples of a split that rows of [data.OnePerImage] stand for.
func originals(samples, rows []int) []int {
	if samples == nil {
		return rows
	}
	out := make([]int, len(rows))
	for i, row := range rows {
		out[i] = samples[row]
	}
	return out
}
