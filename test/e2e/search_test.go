package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// search names the files below a directory that contain the text, as it is or in
// Base64; of an archive, such as a saved plan, the entries as "file!entry". The
// text has only letters and digits, which JSON leaves as they are.
func search(t *testing.T, dir, text string) []string {
	t.Helper()
	forms := [][]byte{[]byte(text), []byte(base64.StdEncoding.EncodeToString([]byte(text)))}
	contains := func(data []byte) bool {
		return slices.ContainsFunc(forms, func(form []byte) bool { return bytes.Contains(data, form) })
	}
	var found []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "providers" && filepath.Base(filepath.Dir(path)) == ".terraform" {
			return fs.SkipDir // Programs of 700 MB, written before there was a password.
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		data := readFile(t, path)
		if contains(data) {
			found = append(found, path)
		}
		archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return nil //nolint:nilerr // It is no archive, and has no entries to search.
		}
		for _, file := range archive.File {
			if contains(readEntry(t, file)) {
				found = append(found, path+"!"+file.Name)
			}
		}
		return nil
	}))
	return found
}

func readEntry(t *testing.T, file *zip.File) []byte {
	t.Helper()
	reader, err := file.Open()
	require.NoError(t, err)
	defer func() { assert.NoError(t, reader.Close()) }()
	data, err := io.ReadAll(reader)
	require.NoError(t, err)
	return data
}
