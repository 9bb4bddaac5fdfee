package textfile

import (
	"encoding/json"
	"regexp"
	"strings"
)

// Items are the texts of a list, one a line, or a list of texts in JSON.
func Items(text string) []string {
	var list []string
	if json.Unmarshal([]byte(text), &list) == nil {
		return list
	}
	return strings.Split(text, "\n")
}

// fromProgram is a line as programs have it in a list or a dictionary of texts: quoted, perhaps with a key before it.
var fromProgram = regexp.MustCompile(`^(?:lambda |[\[\]}]|\{\s*(?:$|["'\d]))` +
	`|^(?:(?:\d+|"[^"]*"|'[^']*')\s*:\s*)?f?(?:".*"|'.*'),?[\]}]?$`)

// FromProgram says whether a line, without space around it, looks like a part
// of a list or a dictionary in a program.
func FromProgram(line string) bool { return fromProgram.MatchString(line) }
