package mix

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"positives": {Doc: "the method whose embeddings and pairs it takes; its views too"},
		"negatives": {Doc: "the method whose negatives it takes"},
		"loss":      {Doc: "the method whose loss it takes"},
	}
}
