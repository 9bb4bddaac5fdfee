// Package transfer has the evaluations of CLIP's paper (Radford et al. 2021,
// arXiv:2103.00020) that need texts: zero-shot classification by prompts, and
// retrieval of images by captions and of captions by images. It also makes
// captions of class names.
//
// The measures themselves are those of package eval.
package transfer

import (
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// protocol is one of similarities in the space that images and texts share.
func protocol(kind string, details map[string]string) store.Protocol {
	p := eval.OnTest(kind, details)
	p.Distance = "cosine"
	return p
}
