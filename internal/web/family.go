package web

import "github.com/kontrast-ml/kontrast/methods"

// member is a method in the family of all.
type member struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Paper  string   `json:"paper"`
	From   []string `json:"from"` // the nearest first
	Change string   `json:"change"`
}

func family() []member {
	var all []member
	for _, f := range methods.Builtin() {
		all = append(
			all, member{Name: f.Name, Title: f.Title, Paper: f.Paper, From: append([]string{}, f.From...), Change: f.Change},
		)
	}
	return all
}
