package web

import (
	"io"
	"net/http"
	"strings"
)

// RiverPath is where a [Server] has River UI.
const RiverPath = "/river"

// river puts a note on each of River UI's pages, that nothing is changed from
// there, and a script by which its buttons do nothing: some of its pages go
// blank where a request is refused. Its own scripts make styles.
func river(ui http.Handler) http.Handler {
	note := asset("river.html")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policyStyles+"'unsafe-inline'"+policyRest)
		answer := &noted{ResponseWriter: w}
		ui.ServeHTTP(answer, r)
		if answer.shown && r.Method == http.MethodGet {
			io.WriteString(w, note)
		}
	})
}

// noted is an answer that may be a page, to which a note is to be added.
type noted struct {
	http.ResponseWriter
	shown bool // it is a page
}

func (p *noted) WriteHeader(status int) {
	p.shown = status == http.StatusOK && strings.HasPrefix(p.Header().Get("Content-Type"), "text/html")
	if p.shown {
		p.Header().Del("Content-Length")
	}
	p.ResponseWriter.WriteHeader(status)
}
