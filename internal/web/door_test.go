package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// asked is the status of the door's answer to a request that these lines describe.
func asked(t *testing.T, d Door, method, target, host string, header map[string]string) *http.Response {
	t.Helper()
	inside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "inside") })
	r := httptest.NewRequest(method, target, nil)
	r.Host = host
	for key, value := range header {
		r.Header.Set(key, value)
	}
	w := httptest.NewRecorder()
	d.guard(inside).ServeHTTP(w, r)
	return w.Result()
}

func TestTheDoorOfThisMachine(t *testing.T) {
	for _, c := range []struct {
		method, host string
		header       map[string]string
		want         int
	}{
		{"GET", "127.0.0.1:8080", nil, 200},
		{"GET", "localhost:8080", nil, 200},
		{"GET", "[::1]:8080", nil, 200},
		{
			"POST", "localhost:8080", map[string]string{"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}, 200,
		},
		{"GET", "evil.example:8080", nil, 421}, // a name that points here
		{"GET", "127.0.0.1.evil.example", nil, 421},
		{"GET", "localhost:8080", map[string]string{"Origin": "http://evil.example"}, 403},
		{"GET", "localhost:8080", map[string]string{"Origin": "null"}, 403},
		{"GET", "localhost:8080", map[string]string{"Origin": "http://localhost:9090"}, 403},
		{"POST", "localhost:8080", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
	} {
		response := asked(t, Door{}, c.method, "/", c.host, c.header)
		if response.StatusCode != c.want {
			t.Errorf("%s to %s with %v: status %d, want %d", c.method, c.host, c.header, response.StatusCode, c.want)
		}
		if policy := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") ||
			strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
	}
}

func TestTheDoorWithAToken(t *testing.T) {
	door, err := DoorFor("0.0.0.0:8080")
	if err != nil || len(door.Token) < 20 {
		t.Fatalf("token %q, %v", door.Token, err)
	}
	if response := asked(t, door, "GET", "/", "192.168.0.2:8080", nil); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("without the token: %d", response.StatusCode)
	}
	if response := asked(t, door, "GET", "/?token=wrong", "192.168.0.2:8080",
		nil); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("with a wrong token: %d", response.StatusCode)
	}
	response := asked(t, door, "GET", "/study/a?token="+door.Token, "192.168.0.2:8080", nil)
	if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != "/study/a" {
		t.Fatalf("with the token: %d to %s", response.StatusCode, response.Header.Get("Location"))
	}
	kept := response.Cookies()[0]
	if !kept.HttpOnly || kept.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie %+v", kept)
	}
	if response := asked(t, door, "GET", "/", "192.168.0.2:8080",
		map[string]string{"Cookie": kept.Name + "=" + kept.Value}); response.StatusCode != 200 {
		t.Errorf("with the cookie: %d", response.StatusCode)
	}
	for address, needed := range map[string]bool{"127.0.0.1:0": false, "localhost:1": false, "[::1]:1": false,
		":8080": true, "192.168.0.2:1": true} {
		if door, err := DoorFor(address); err != nil || (door.Token != "") != needed {
			t.Errorf("%s: token %q, %v", address, door.Token, err)
		}
	}
	if _, err := DoorFor("8080"); err == nil {
		t.Error("an address without a port is taken")
	}
}
