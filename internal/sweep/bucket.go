package sweep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/memblob" // mem://
	"gocloud.dev/gcerrors"
)

// IsBucket says whether a place that workers share is an object store, rather than a folder.
func IsBucket(place string) bool { return strings.Contains(place, "://") }

// OpenBucket opens a place that workers share: a folder, which is made, or the
// URL of an object store, such as s3://bucket?region=eu-west-1.
func OpenBucket(ctx context.Context, place string) (*blob.Bucket, error) {
	if !IsBucket(place) {
		return fileblob.OpenBucket(place, &fileblob.Options{
			CreateDir: true, NoTempDir: true, Metadata: fileblob.MetadataDontWrite, DirFileMode: 0o755,
		})
	}
	at, err := url.Parse(place)
	if err != nil {
		return nil, fmt.Errorf("shared store: %w", err)
	}
	if !blob.DefaultURLMux().ValidBucketScheme(at.Scheme) {
		if tag := drivers[at.Scheme]; tag != "" {
			return nil, fmt.Errorf("shared store %s://: this program was made without it; make one with: "+
				"go build -tags %s ./cmd/kontrast", at.Scheme, tag)
		}
		return nil, fmt.Errorf("shared store %s://: unknown kind; give a folder, file:///FOLDER, s3://BUCKET or gs://BUCKET",
			at.Scheme)
	}
	if at.Scheme == fileblob.Scheme {
		query := at.Query()
		for key, value := range map[string]string{"create_dir": "true", "no_tmp_dir": "true", "metadata": "skip"} {
			if !query.Has(key) {
				query.Set(key, value)
			}
		}
		at.RawQuery = query.Encode()
	}
	bucket, err := blob.OpenBucket(ctx, at.String())
	if err != nil {
		return nil, fmt.Errorf("shared store %s: %w", place, err)
	}
	return bucket, nil
}

// drivers are the build tags of the object stores that the plain program does without.
var drivers = map[string]string{"s3": "s3", "gs": "gs"}

// keys are those of a bucket that begin with a prefix, in their order.
func keys(ctx context.Context, bucket *blob.Bucket, prefix string) (all []string, err error) {
	for list := bucket.List(&blob.ListOptions{Prefix: prefix}); ; {
		object, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, object.Key)
	}
}

// upload copies a file into a bucket: all of it, or nothing.
func upload(ctx context.Context, bucket *blob.Bucket, path, key string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	return bucket.Upload(ctx, key, in, &blob.WriterOptions{ContentType: "application/octet-stream"})
}

// download copies an object into a file: all of it, or nothing.
func download(ctx context.Context, bucket *blob.Bucket, key, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".download-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // no effect after the renaming
	if err := errors.Join(bucket.Download(ctx, key, out, nil), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), path)
}

// remove deletes an object that may be gone already.
func remove(ctx context.Context, bucket *blob.Bucket, key string) error {
	if err := bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return err
	}
	return nil
}
