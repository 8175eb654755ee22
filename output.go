package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// manifest is the file that lists the stacks, for the command line of CDKTF.
const manifest = "manifest.json"

// inPlace has a function write files into a folder next to the final ones and then
// moves each to its place in outdir, the manifest last. Readers, and a second
// synthesis at the same time, find whole files only, and none is touched if writing
// fails.
func inPlace(outdir string, write func(dir string)) (err error) {
	if err := os.MkdirAll(outdir, 0o750); err != nil { //nolint:gosec // Where the caller wants it, as below.
		return err
	}
	dir, err := os.MkdirTemp(outdir, ".synthesis-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() //nolint:gosec // As above.
	write(dir)
	files, err := filesBelow(dir)
	if err != nil {
		return err
	}
	for _, file := range append(files, manifest) {
		target := filepath.Join(outdir, file)
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil { //nolint:gosec // As above.
			return err
		}
		if err := os.Rename(filepath.Join(dir, file), target); err != nil { //nolint:gosec // As above.
			return err
		}
	}
	return nil
}

// filesBelow are the paths of the files below a folder, without the manifest's.
func filesBelow(dir string) (files []string, err error) {
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path != manifest {
			files = append(files, path)
		}
		return err
	})
	return files, err
}
