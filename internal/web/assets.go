package web

import (
	"embed"
	"io/fs"
)

//go:embed assets
var embedded embed.FS

// asset returns a file of the folder assets.
func asset(name string) string {
	text, err := fs.ReadFile(embedded, "assets/"+name)
	if err != nil {
		panic(err) // the file is embedded
	}
	return string(text)
}

// components are the scripts that the report and the page share, in the order
// that they are loaded.
var components = []string{
	"core.js", "numbers.js", "statements.js", "table.js", "chart.js", "judge.js", "controls.js",
	"verdict.js", "attribution.js", "ranking.js", "duels.js", "cost.js", "curves.js", "factors.js", "transfer.js",
	"disagree.js",
	"map.js", "family.js", "protocol.js", "query.js", "study.js",
}

// libraries are the scripts of others that the components need.
var libraries = []string{"vendor/d3.min.js", "vendor/plot.umd.min.js"}
