// Package stress is a suite of tests that treat the program badly: it is
// killed, its files are damaged, its settings are absurd and its queries are
// attacks. All go through the command line. A short part runs with the other
// tests; `make stress` runs all of it, which takes minutes.
package stress
