package emit

import "encoding/json"

// yamlString is a text as a double-quoted string of YAML, of which JSON's is one.
func yamlString(text string) (string, error) {
	quoted, err := json.Marshal(text)
	return string(quoted), err
}
