package constructs_test

import (
	"encoding/json"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flask-api/test/stacktest"
)

// TestPlaceholderEnds runs the placeholder's program and stops it as ECS does. Left
// alone, Python as the first process of a container would be deaf to the signal; here,
// the signal itself would end it, and not the program.
func TestPlaceholderEnds(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	text := regexp.MustCompile(`"registry_command": (".*")`).FindSubmatch([]byte(stacktest.Reviewable(t, []byte(load(t, stacktest.Default()).Text))))
	require.NotNil(t, text)
	var expression, list string
	require.NoError(t, json.Unmarshal(text[1], &expression))
	list = regexp.MustCompile(`\? ("(?:\\.|[^"\\])*") :`).FindStringSubmatch(expression)[1]
	var encoded string
	var command []string
	require.NoError(t, json.Unmarshal([]byte(list), &encoded))
	require.NoError(t, json.Unmarshal([]byte(encoded), &command))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	require.NoError(t, listener.Close())
	placeholder := exec.CommandContext(t.Context(), python, "-c", strings.ReplaceAll(command[2], "5000", port)) //nolint:gosec // The program under test.
	require.NoError(t, placeholder.Start())
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp", "127.0.0.1:"+port)
		return err == nil && connection.Close() == nil
	}, time.Minute, 50*time.Millisecond, "the placeholder listens")
	require.NoError(t, placeholder.Process.Signal(syscall.SIGTERM))
	assert.NoError(t, placeholder.Wait())
}
