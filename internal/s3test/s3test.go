//go:build s3

// Package s3test is an S3 server in the process of a test.
package s3test

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Start starts a server with a bucket, which end with the test, and returns the
// bucket's URL. The test's environment gets credentials.
func Start(t testing.TB) string {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	storage := s3mem.New()
	if err := storage.CreateBucket("sweeps"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(storage).Server())
	t.Cleanup(server.Close)
	return "s3://sweeps?" + url.Values{
		"region": {"us-east-1"}, "use_path_style": {"true"}, "endpoint": {server.URL},
	}.Encode()
}
