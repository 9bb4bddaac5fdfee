package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Ask runs one SELECT of a reader's, bounded by the limits.
type Ask func(ctx context.Context, statement string, limits store.Limits) (*store.Rows, error)

// Server shows the living database. It reads only: statements of readers go
// through Ask, and every page is made of what the views say.
type Server struct {
	Store   *store.Store
	Ask     Ask
	Catalog experiment.Catalog
	// Door says who may come in.
	Door Door
	// Draw draws a figure of a kind that needs the networks of runs; nil for none.
	Draw Draw
	// Queue is where runs of other machines are made; nil for none.
	Queue Sweeps
	// RiverUI answers what is asked below [RiverPath] with the queue's jobs; nil for nothing.
	RiverUI http.Handler
	// Log is the path of the log of all runs; empty for none.
	Log string
	// Poll is how often the database is looked at for changes while somebody
	// watches; 0 means a second.
	Poll time.Duration
}

// Handler returns the pages behind the door.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /{$}", "GET /study/{name}", "GET /run/{run}", "GET /compare",
		"GET /catalog", "GET /sql", "GET /sweep/{name}"} {
		mux.HandleFunc(pattern, shell)
	}
	scripts, err := fs.Sub(embedded, "assets")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", cached(http.FileServerFS(scripts))))
	mux.HandleFunc(
		"GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	)
	mux.HandleFunc("GET /api/overview", answer(s.overview))
	mux.HandleFunc("GET /api/study/{name}", answer(s.study))
	mux.HandleFunc("GET /api/curves", answer(s.curves))
	mux.HandleFunc("GET /api/guesses", answer(s.guesses))
	mux.HandleFunc("GET /api/run/{run}", answer(s.run))
	mux.HandleFunc("GET /api/run/{run}/log", answer(s.log))
	mux.HandleFunc("GET /api/compare", answer(s.compare))
	mux.HandleFunc("GET /api/catalog", answer(s.catalog))
	mux.HandleFunc("GET /api/draw/{kind}", answer(s.drawing()))
	mux.HandleFunc("GET /api/sweeps", answer(s.sweeps))
	mux.HandleFunc("GET /api/sweep/{name}", answer(s.sweep))
	if s.RiverUI != nil {
		mux.Handle(RiverPath+"/", river(s.RiverUI))
	}
	mux.HandleFunc("POST /api/query", answer(s.query))
	mux.HandleFunc("GET /api/events", s.events)
	return s.Door.guard(mux)
}

// failure is an error with the status of its answer.
type failure struct {
	status int
	error
}

func (f failure) Unwrap() error { return f.error }

// answer writes what a function returns as JSON, and errors as {"error": …}.
func answer(of func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, err := of(r)
		status := http.StatusOK
		if err != nil {
			var known failure
			switch {
			case errors.As(err, &known):
				status = known.status
			case errors.Is(err, store.ErrNotFound):
				status = http.StatusNotFound
			default:
				status = http.StatusInternalServerError
			}
			value = map[string]string{"error": err.Error()}
		}
		text, err := json.Marshal(value)
		if err != nil {
			status, text = http.StatusInternalServerError, []byte(`{"error": "the answer is no JSON"}`)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		w.Write(text)
	}
}

func cached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

// study is the data of a study's page, without curves and guesses.
func (s *Server) study(r *http.Request) (any, error) {
	return ReadStudy(r.Context(), s.Store, r.PathValue("name"))
}

// query runs the statement in the body.
func (s *Server) query(r *http.Request) (any, error) {
	var body struct{ SQL string }
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&body); err != nil {
		return nil, failure{http.StatusBadRequest, fmt.Errorf("the request is no JSON: %w", err)}
	}
	rows, err := s.Ask(r.Context(), body.SQL, store.Limits{Rows: 2000, Time: 20 * time.Second})
	if err != nil {
		return nil, failure{http.StatusUnprocessableEntity, err}
	}
	note := ""
	if rows.Cut {
		note = fmt.Sprintf("cut after %d rows: narrow the query with WHERE or LIMIT", len(rows.Values))
	}
	values := make([][]any, len(rows.Values))
	for i, row := range rows.Values {
		values[i] = make([]any, len(row))
		for j, cell := range row {
			values[i][j] = forScripts(cell)
		}
	}
	return map[string]any{"columns": rows.Columns, "rows": values, "note": note}, nil
}

// forScripts keeps a cell's digits: numbers beyond those of JavaScript are texts.
func forScripts(cell any) any {
	const exact = 1 << 53
	switch cell := cell.(type) {
	case int64:
		if cell > exact || cell < -exact {
			return strconv.FormatInt(cell, 10)
		}
	case float64:
		if cell-cell != 0 { // NaN or infinite
			return strconv.FormatFloat(cell, 'g', -1, 64)
		}
	case []byte:
		return fmt.Sprintf("%x", cell)
	}
	return cell
}

func number(r *http.Request, key string) (int64, error) {
	value, err := strconv.ParseInt(r.FormValue(key), 10, 64)
	if err != nil {
		return 0, failure{http.StatusBadRequest, fmt.Errorf("%s %q is no number", key, r.FormValue(key))}
	}
	return value, nil
}

// shell is the page that scripts fill.
func shell(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	var scripts strings.Builder
	for _, name := range append(append([]string{}, libraries...), "vendor/uPlot.iife.min.js") {
		fmt.Fprintf(&scripts, "<script src=\"/assets/%s\" defer></script>\n", name)
	}
	for _, name := range append(append([]string{}, components...), "live.js", "drawing.js", "overview.js", "run.js", "compare.js",
		"catalog.js", "sweep.js", "serve.js") {
		fmt.Fprintf(&scripts, "<script src=\"/assets/%s\" defer></script>\n", name)
	}
	fmt.Fprintf(w, asset("serve.html"), scripts.String())
}
