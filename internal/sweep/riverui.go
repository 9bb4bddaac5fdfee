package sweep

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"riverqueue.com/riverui"
)

// RiverUI returns River UI (https://github.com/riverqueue/riverui), which shows
// all jobs of the queue and River's own queues, for requests below a path such
// as "/river". It only shows: a request that would change something is refused.
// The counts that it keeps end with the context.
func (q *Queue) RiverUI(ctx context.Context, path string) (http.Handler, error) {
	ui, err := q.newUI(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("queue %s: River UI: %w", q.url, err)
	}
	return showing(ui), nil
}

func uiOf[T any](driver riverdriver.Driver[T]) func(context.Context, string) (http.Handler, error) {
	return func(ctx context.Context, path string) (http.Handler, error) {
		c, err := river.NewClient(driver, &river.Config{Logger: silentLog()})
		if err != nil {
			return nil, err
		}
		ui, err := riverui.NewHandler(&riverui.HandlerOpts{
			Endpoints: riverui.NewEndpoints(c, nil), Prefix: path, Logger: silentLog(),
			JobListHideArgsByDefault: true, // the whole configuration of a run
		})
		if err != nil {
			return nil, err
		}
		return ui, ui.Start(ctx)
	}
}

// showing lets requests through that change nothing. Others get a message where
// River UI's scripts look for one.
func showing(ui http.Handler) http.Handler {
	const refusal = "nothing is changed from here: use kontrast sweep cancel or kontrast sweep retry"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			ui.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Allow", "GET, HEAD")
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusMethodNotAllowed)
		json.NewEncoder(w).Encode(map[string]string{"message": refusal})
	})
}
