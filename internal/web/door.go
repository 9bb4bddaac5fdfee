package web

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Door says who may come in: readers on this machine, or, where the page is
// bound elsewhere, those who have the token.
type Door struct {
	// Token must be shown; empty for readers on this machine only, whose
	// browsers must ask for a name of this machine, so that no page elsewhere can
	// have its name point here (DNS rebinding).
	Token string
}

// DoorFor returns the door for an address to listen on: with a token, unless
// only this machine can reach it.
func DoorFor(address string) (Door, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return Door{}, fmt.Errorf("address %q: %w; write it as 127.0.0.1:8080", address, err)
	}
	if local(host) {
		return Door{}, nil
	}
	return Door{Token: rand.Text()}, nil
}

func local(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

const cookie = "kontrast"

// policy lets a page use nothing but what comes from here.
const policy = policyStyles + "'sha256-" + plotStyle + "'" + policyRest

const (
	policyStyles = "default-src 'none'; script-src 'self'; style-src 'self' "
	policyRest   = "; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// guard lets in whom the door says.
func (d Door) guard(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection() // for requests that do something
	inner := origins.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		host := r.Host
		if name, _, err := net.SplitHostPort(r.Host); err == nil {
			host = name
		}
		if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
			http.Error(w, "kontrast: a page of another origin asks: refused", http.StatusForbidden)
			return
		}
		if d.Token == "" {
			if !local(host) {
				http.Error(w, "kontrast: this page answers to localhost only; to reach it from elsewhere start it with --addr "+
					"0.0.0.0:8080", http.StatusMisdirectedRequest)
				return
			}
			inner.ServeHTTP(w, r)
			return
		}
		if given := r.URL.Query().Get("token"); given != "" && d.knows(given) && r.Method == http.MethodGet {
			http.SetCookie(
				w, &http.Cookie{Name: cookie, Value: given, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode},
			)
			http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
			return
		}
		if shown, err := r.Cookie(cookie); err != nil || !d.knows(shown.Value) {
			http.Error(w, "kontrast: the token is missing or wrong: open the address that kontrast serve printed",
				http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func (d Door) knows(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(d.Token)) == 1
}
