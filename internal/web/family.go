package web

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/methods"
)

// member is a method in the family of all.
type member struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Paper  string   `json:"paper"`
	From   []string `json:"from"` // the nearest first
	Change string   `json:"change"`
	Style  drawn    `json:"style"`
}

// family is that of the methods of this program.
func family() []member { return familyOf(methods.Builtin()) }

func familyOf(methods []framework.Factory) []member {
	var all []member
	for _, f := range methods {
		all = append(all, member{Name: f.Name, Title: f.Title, Paper: f.Paper, From: append([]string{}, f.From...),
			Change: f.Change, Style: styleOf(f.Name)})
	}
	return all
}
