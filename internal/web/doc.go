// Package web shows results in a browser: a report of one study in one file,
// and a page over the living database. Both are made of the same components,
// which are scripts in assets, and of the same data, which are read here.
//
// The scripts of others lie in assets/vendor with their list, vendor.json:
// package, version, sha256 and license. No build step is needed.
package web
