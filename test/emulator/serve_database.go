package emulator

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

//go:embed serve_postgres.py
var postgresProgram string

// servedDatabase is a PostgreSQL in the place of a cluster.
type servedDatabase struct {
	user, name string // the administrator, and the database
	password   string // that it takes
	port       string

	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
}

// startDatabase starts a PostgreSQL. It has a process group of its own, so that Ctrl-C does
// not end it before the tasks.
func (s *Server) startDatabase(user, name string) (*servedDatabase, error) {
	db := &servedDatabase{user: user, name: name}
	db.command = exec.Command(s.tools.Python, "-c", postgresProgram, filepath.Join(s.tools.Source, "tests")) //nolint:gosec // The Python that was found.
	db.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	db.command.Env = append(db.command.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	var complaints strings.Builder
	db.command.Stderr = &complaints
	var err error
	if db.input, err = db.command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := db.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	db.output = bufio.NewReader(output)
	if err := db.command.Start(); err != nil {
		return nil, err
	}
	if db.port, err = db.line(); err != nil {
		_ = db.stop() // It has ended by itself.
		return nil, fmt.Errorf("PostgreSQL does not start: %w\n%s", err, &complaints)
	}
	return db, nil
}

func (db *servedDatabase) line() (string, error) {
	line, err := db.output.ReadString('\n')
	return strings.TrimSpace(line), err
}

// take has the administrator log in with the password from now on. Connections that are
// open stay, as in Aurora.
func (db *servedDatabase) take(password string) error {
	if db.password == password {
		return nil
	}
	message := mustJSON(map[string]string{"user": db.user, "password": password, "database": db.name})
	if _, err := db.input.Write(append(message, '\n')); err != nil {
		return err
	}
	_, err := db.line()
	db.password = password
	return err
}

func (db *servedDatabase) stop() error {
	_ = db.input.Close()
	return db.command.Wait()
}

// changeDatabase has the PostgreSQL of each cluster take the password that the cluster
// takes; a new cluster gets one.
func (s *Server) changeDatabase(_ *memory, c *Call, body []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := c.Form.Get("DBClusterIdentifier")
	if c.Action == "CreateDBCluster" && s.has(id) {
		db, err := s.startDatabase(c.Form.Get("MasterUsername"), c.Form.Get("DatabaseName"))
		if err != nil {
			s.complain(err)
			return body
		}
		s.databases[id] = db
	}
	if db := s.databases[id]; db != nil {
		s.memory.mu.Lock()
		password := s.memory.passwords[id].Current
		s.memory.mu.Unlock()
		s.complain(db.take(password))
	}
	return body
}

// endDatabase ends the PostgreSQL of a cluster that is deleted.
func (s *Server) endDatabase(_ *memory, c *Call, body []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := c.Form.Get("DBClusterIdentifier")
	if db := s.databases[id]; db != nil {
		s.complain(db.stop())
		delete(s.databases, id)
	}
	return body
}

// databaseOf is the PostgreSQL in the place of the cluster whose writer or reader endpoint
// the host is.
func (s *Server) databaseOf(host string) *servedDatabase {
	id, _, _ := strings.Cut(host, ".cluster-")
	return s.databases[id]
}
