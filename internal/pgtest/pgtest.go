// Package pgtest starts a private PostgreSQL for a test, from the programs
// that are installed on the machine.
package pgtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Needed is the environment variable by which a test fails, rather than being
// skipped, where PostgreSQL is missing.
const Needed = "KONTRAST_NEED_POSTGRES"

// Server is a running PostgreSQL with a data folder of its own, which is reached
// through a socket in that folder by the user kontrast.
type Server struct {
	t       testing.TB // that uses it now
	folder  string
	bin     string // folder of the programs; empty for those on the path
	account *syscall.Credential
	process *exec.Cmd
	said    bytes.Buffer
}

// Start starts a server that ends with the test, which is skipped if there is no PostgreSQL.
func Start(t testing.TB) *Server {
	t.Helper()
	s := initialized(t, t.TempDir())
	s.Run()
	t.Cleanup(s.Kill)
	return s
}

// shared is the server of [Database].
var shared struct {
	mu        sync.Mutex
	server    *Server
	databases int
}

// Database returns the address of a new database in a server that all tests of
// the package share, which [EndShared] ends.
func Database(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil {
		folder, err := os.MkdirTemp("", "kontrast-postgres-")
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if shared.server == nil { // the test has ended
				os.RemoveAll(folder)
			}
		}()
		s := initialized(t, folder)
		s.Run()
		shared.server = s
	}
	s := shared.server
	shared.databases++
	name := fmt.Sprintf("test%d", shared.databases)
	command := s.command("createdb", "-h", s.folder, "-U", "kontrast", name)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("createdb: %v: %s", err, output)
	}
	return s.url(name)
}

// EndShared ends the server of [Database], if there is one. TestMain calls it after the tests.
func EndShared() {
	if shared.server == nil {
		return
	}
	shared.server.Kill()
	_ = os.RemoveAll(shared.server.folder)
	shared.server = nil
}

// initialized is a server in a folder that is not started.
func initialized(t testing.TB, folder string) *Server {
	t.Helper()
	s := &Server{t: t, folder: folder}
	if !s.find() {
		message := "PostgreSQL is not installed (Debian: apt-get install postgresql): the queue is not tested on it"
		if os.Getenv(Needed) != "" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	s.chooseAccount()
	if output, err := s.command("initdb", "-D", s.data(), "-U", "kontrast", "-A", "trust", "--no-sync", "-E", "UTF8",
		"--locale=C").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, output)
	}
	return s
}

// URL is the address of the server.
func (s *Server) URL() string { return s.url("postgres") }

func (s *Server) url(database string) string {
	return fmt.Sprintf("postgres://kontrast@/%s?host=%s", database, s.folder)
}

// Restart kills all of the server as a failing machine does, and starts it again.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	s.Run()
}

// Kill ends all of the server as a failing machine does: it recovers when it is run again.
func (s *Server) Kill() {
	_ = s.process.Process.Signal(syscall.SIGQUIT) // an immediate shutdown
	_ = s.process.Wait()
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// find finds the programs: on the path, or where Debian keeps them.
func (s *Server) find() bool {
	if _, err := exec.LookPath("initdb"); err == nil {
		return true
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return false
	}
	s.bin = filepath.Dir(found[len(found)-1])
	return true
}

// chooseAccount takes one without rights where the test runs as root, as whom PostgreSQL does not start.
func (s *Server) chooseAccount() {
	if os.Geteuid() != 0 {
		return
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		s.t.Skip("PostgreSQL does not start as root, and there is no other account:", err)
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	s.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(s.folder, uid, gid); err != nil {
		s.t.Fatal(err)
	}
	for folder := filepath.Dir(s.folder); folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		_ = os.Chmod(folder, 0o755) // so that the account gets there
	}
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	if s.bin != "" {
		name = filepath.Join(s.bin, name)
	}
	command := exec.Command(name, args...)
	command.Dir = s.folder
	command.Env = append(os.Environ(), "LC_ALL=C")
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	return command
}

// Run starts the server again after [Server.Kill], and returns when it takes connections.
func (s *Server) Run() {
	s.t.Helper()
	s.process = s.command("postgres", "-D", s.data(), "-k", s.folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c",
		"max_connections=200")
	s.process.Stderr = &s.said
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	for range 600 {
		if s.command("pg_isready", "-q", "-h", s.folder, "-U", "kontrast", "-d", "postgres").Run() == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.Kill()
	s.t.Fatalf("PostgreSQL does not get ready: %s", &s.said)
}
