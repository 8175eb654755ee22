package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestShell opens each kind of shell that is installed, whose own file sets a prompt
// and leads the AWS CLI elsewhere.
func TestShell(t *testing.T) {
	for name, own := range map[string]string{"bash": ".bashrc", "zsh": "moved/.zshrc", "sh": ".shrc", "dash": ".shrc"} {
		t.Run(name, func(t *testing.T) {
			path, err := exec.LookPath(name)
			if err != nil {
				t.Skip(name + " is not installed")
			}
			home, dir := t.TempDir(), t.TempDir()
			writeFile(t, "PS1='mine> '\nexport AWS_PROFILE=own AWS_REGION=own\n", home, own)
			writeFile(t, "ZDOTDIR=$HOME/moved\n", home, ".zshenv")
			variables := []string{"HOME=" + home, "ENV=$HOME/.shrc", "PATH=" + os.Getenv("PATH")}
			getenv := func(name string) string {
				for _, variable := range variables {
					if value, ok := strings.CutPrefix(variable, name+"="); ok {
						return value
					}
				}
				return ""
			}
			s := newShell(path, dir, getenv, []string{"AWS_REGION=emulated", "ODD=it's $HOME"})
			require.NoError(t, s.write())

			c := exec.CommandContext(t.Context(), s.command[0], s.command[1:]...) //nolint:gosec // A shell that was found.
			c.Env = slices.Concat(variables, s.variables)
			c.Stdin = strings.NewReader("echo \"profile=$AWS_PROFILE region=$AWS_REGION $ODD\"\nexit\n")
			c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // It is not to take the terminal.
			output, err := c.CombinedOutput()
			require.NoError(t, err, "%s", output)
			assert.Contains(t, string(output), prompt+"mine> ")
			assert.NotContains(t, string(output), prompt+prompt)
			assert.Contains(t, string(output), "profile= region=emulated it's $HOME\n")
		})
	}
}

func TestShellThatIsNotKnown(t *testing.T) {
	dir := t.TempDir()
	s := newShell("/usr/bin/fish", dir, os.Getenv, []string{"AWS_REGION=emulated"})
	require.NoError(t, s.write())
	assert.Equal(t, shell{command: []string{"/usr/bin/fish"}}, s)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	assert.Empty(t, files)
}

func TestOfMake(t *testing.T) {
	assert.True(t, ofMake("MAKELEVEL=1"))
	assert.False(t, ofMake("MAKELEVELS=1"))
}
