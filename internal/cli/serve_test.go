package cli

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func TestServePrintsItsAddressAndEndsQuietly(t *testing.T) {
	database := filepath.Join(t.TempDir(), "experiments.db")
	s, err := store.Open(t.Context(), database, store.Options{})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	var problems bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- Execute(ctx, app.Extensions{}, []string{"--db", database, "serve", "--addr", "127.0.0.1:0"}, in, &problems)
	}()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(strings.TrimSpace(address) + "api/overview")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(text), `"studies":[]`) {
		t.Errorf("the overview says %s, %v", text, err)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d: %s", code, problems.String())
	}
	if code := Execute(t.Context(), app.Extensions{}, []string{"--db", database, "serve", "--addr", "8080"}, io.Discard,
		&problems); code != exitUsage {
		t.Errorf("an address without a port: exit code %d", code)
	}
}
