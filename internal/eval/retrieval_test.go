package eval

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestZeroShotGolden(t *testing.T) {
	for _, c := range golden.Load(t, "eval_clip_zeroshot").Cases {
		t.Run(c.Name, func(t *testing.T) {
			embeddings := c.Input(t, "text_embeddings") // [classes, templates, D]
			templates, dim := embeddings.Shape[1], embeddings.Shape[2]
			var prompts []Features
			for values := range slices.Chunk(embeddings.Float32(), templates*dim) {
				prompts = append(prompts, Features{dim, values})
			}
			classifier, err := ZeroShotClassifier(prompts)
			if err != nil {
				t.Fatal(err)
			}
			golden.Near(t, "classifier", classifier.Data, c.Output(t, "classifier").Permute(1, 0), 1e-5)
			scores, err := ZeroShot(
				t.Context(), features(c.Input(t, "image_features")), classifier, golden.Decode[float64](t, c.Params, "scale"),
			)
			if err != nil {
				t.Fatal(err)
			}
			golden.Near(t, "logits", float32s(scores.Data), c.Output(t, "logits"), 1e-5)
			if got, want := scores.Predictions(), c.Output(t, "pred_top1").Ints(); !slices.Equal(got, want) {
				t.Errorf("predictions %v, want %v", got, want)
			}
			for name, k := range map[string]int{"top1": 1, "top5": 5} {
				accuracy, err := scores.TopK(c.Input(t, "labels").Ints(), k)
				if err != nil {
					t.Fatal(err)
				}
				golden.Number(t, name, accuracy, golden.Decode[float64](t, c.Outputs, name), 1e-6)
			}
		})
	}
}

func TestRetrievalGolden(t *testing.T) {
	for _, c := range golden.Load(t, "eval_clip_retrieval").Cases {
		t.Run(c.Name, func(t *testing.T) {
			image, text := features(c.Input(t, "image")), features(c.Input(t, "text"))
			for _, direction := range []struct {
				name                string
				queries, candidates Features
			}{{"image_to_text", image, text}, {"text_to_image", text, image}} {
				found, err := Retrieve(t.Context(), direction.queries, direction.candidates, nil)
				if err != nil {
					t.Fatal(err)
				}
				want := func(what string) float64 {
					return golden.Decode[float64](t, c.Outputs, direction.name+"_"+what)
				}
				golden.Number(t, "mean rank", meanRank(found), want("mean_rank"), 1e-6)
				sorted := slices.Sorted(slices.Values(found.Ranks))
				golden.Number(t, "median rank",
					float64((sorted[(len(sorted)-1)/2]+sorted[len(sorted)/2])/2), want("median_rank"), 0)
				for _, k := range []int{1, 5, 10} {
					golden.Number(t, fmt.Sprintf("recall at %d", k), found.Recall(k), want(fmt.Sprintf("R@%d", k)), 1e-6)
				}
			}
		})
	}
}

func TestRetrievalWithSeveralAnswers(t *testing.T) {
	images := Features{2, []float32{1, 0, 0, 1, 1, 0.1}}
	captions := Features{2, []float32{0, 1, 1, 0, 1, 1}} // images 0 and 2 share caption 1; caption 2 is of images 1 and 2
	for _, check := range []struct {
		queries, candidates Features
		answers             [][]int
		want                []int
	}{
		{images, captions, [][]int{{1}, {0, 2}, {1, 2}}, []int{1, 1, 1}},
		{images, captions, [][]int{{0}, {1, 2}, {0, 2}}, []int{3, 2, 2}},
		{captions, images, [][]int{{1}, {0, 2}, {1, 2}}, []int{1, 1, 1}},
		{captions, images, [][]int{{0, 2}, {1}, {0}}, []int{2, 3, 3}}, // the third is as near to image 1 as to image 0
	} {
		found, err := Retrieve(t.Context(), check.queries, check.candidates, check.answers)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(found.Ranks, check.want) {
			t.Errorf("answers %v: ranks %v, want %v", check.answers, found.Ranks, check.want)
		}
	}
}

func TestRetrievalOfNothingIsZero(t *testing.T) {
	var none Retrieval
	if none.Recall(1) != 0 {
		t.Errorf("recall %v, want 0", none.Recall(1))
	}
}

func TestRetrievalDoesNotRewardCollapse(t *testing.T) {
	same := Features{2, []float32{1, 1, 1, 1, 1, 1}}
	found, err := Retrieve(t.Context(), same, same, nil)
	if err != nil {
		t.Fatal(err)
	}
	if found.Recall(1) != 0 || meanRank(found) != 3 {
		t.Errorf("ranks of a collapsed network are %v, want the last for each", found.Ranks)
	}
}

func meanRank(found *Retrieval) float64 {
	sum := 0
	for _, rank := range found.Ranks {
		sum += rank
	}
	return ratio(sum, len(found.Ranks))
}
