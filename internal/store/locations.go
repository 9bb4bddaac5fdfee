package store

import "path/filepath"

// Relative is a path as seen from the folder of the database, with slashes: it
// stays right where both move together. A path that can't be seen from there is absolute.
func (s *Store) Relative(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	folder, err := filepath.Abs(filepath.Dir(s.path))
	if err != nil {
		return absolute
	}
	relative, err := filepath.Rel(folder, absolute)
	if err != nil {
		return absolute
	}
	return filepath.ToSlash(relative)
}

// inside is Relative for what lies below the folder, and the absolute path of what lies elsewhere.
func (s *Store) inside(path string) string {
	if relative := s.Relative(path); filepath.IsLocal(filepath.FromSlash(relative)) {
		return relative
	}
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

// Located is where a stored path leads to now: what Relative has made is
// relative to the folder of the database, and not to that of the process.
func (s *Store) Located(path string) string {
	if path = filepath.FromSlash(path); filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(s.path), path)
}
