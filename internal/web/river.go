package web

import (
	"io"
	"net/http"
	"strings"
)

// RiverPath is where a [Server] has River UI.
const RiverPath = "/river"

// river has at the foot of each of River UI's pages that nothing is changed
// from there, and a script by which its buttons do nothing: some of its pages
// end where a request is refused. Its scripts make styles of their own.
func river(ui http.Handler) http.Handler {
	foot := asset("river.html")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policyStyles+"'unsafe-inline'"+policyRest)
		answer := &footed{ResponseWriter: w}
		ui.ServeHTTP(answer, r)
		if answer.shown && r.Method == http.MethodGet {
			io.WriteString(w, foot)
		}
	})
}

// footed is an answer that may be a page, to which a foot is to be added.
type footed struct {
	http.ResponseWriter
	shown bool // it is a page
}

func (p *footed) WriteHeader(status int) {
	p.shown = status == http.StatusOK && strings.HasPrefix(p.Header().Get("Content-Type"), "text/html")
	if p.shown {
		p.Header().Del("Content-Length")
	}
	p.ResponseWriter.WriteHeader(status)
}
