// Package imagefolder opens the images that benchmarks are given.
package imagefolder

import (
	"context"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// Open opens a folder or an archive with a folder of images for each class. Decoded images are not kept: each use
// decodes.
func Open(ctx context.Context, path string) (data.Dataset, error) {
	for _, factory := range data.Builtin() {
		if factory.Name == "folder" {
			params := factory.Defaults().(*data.FolderParams)
			params.Path, params.Test, params.Cache = path, path, 0
			return factory.Open(ctx, params, data.Train, data.Env{})
		}
	}
	panic("there is no data set folder")
}
