// Package scaffold writes the module of a new method: `kontrast method new`.
// The method starts as a copy of a built-in one, of which only what it needs is
// taken out of its package, so that it compiles, passes its tests and trains
// before a line is changed.
package scaffold
