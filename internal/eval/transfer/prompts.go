package transfer

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/textfile"
)

// placeholder is where the name of the class goes in a template.
const placeholder = "{}"

// autoPrompts stands for the prompts that suit a data set.
const autoPrompts = "auto"

// builtin are the lists of templates by name; the last is for any images.
var builtin = []Prompts{
	{"shapes", []string{ // captions of the data set shapes that leave the shape open
		"a {}",
		"a {} on a background",
		"a small red solid {} on a cyan background",
		"a medium orange striped {} on a blue background",
		"a large yellow checked {} on a purple background",
		"a small green dotted {} on a pink background",
		"a medium cyan shaded {} on a white background",
		"a large blue solid {} on a gray background",
		"a small purple striped {} on a red background",
		"a medium pink checked {} on a orange background",
		"a large white dotted {} on a yellow background",
		"a small gray shaded {} on a green background",
	}},
	{"counting", []string{
		"{}", "a picture of {}", "a picture with {} in it", "a drawing of {}", "{} on a plain background", "exactly {}",
		"{} beside each other", "there are {} in the picture",
	}},
	{"textures", []string{
		"{}", "a texture of {}", "a pattern of {}", "a picture of {}", "a close picture of {}", "a surface with {}",
		"cloth with {}", "wallpaper with {}",
	}},
	{"digits", []string{
		"{}", "the digit {}", "the number {}", "a picture of the digit {}", "a printed {}", "a handwritten {}",
		"a picture of the number {}", "the digit {} on a plain background",
	}},
	{"clothes", []string{
		"a {}", "a picture of a {}", "a gray picture of a {}", "a {} on a black background", "a {} from a shop",
		"a piece of clothing: a {}", "a small picture of a {}",
	}},
	{"images", []string{
		"a {}",
		"this is a {}",
		"a photograph of a {}",
		"a picture that shows a {}",
		"an image with a {} in it",
		"a snapshot of one {}",
		"a {} close to the camera",
		"a {} far from the camera",
		"a {} seen from the side",
		"a {} seen from above",
		"part of a {}",
		"more than one {}",
		"a small {}",
		"a big {}",
		"a {} in daylight",
		"a {} in the dark",
		"a {} outdoors",
		"a {} indoors",
		"a {} among other things",
		"a sharp picture of a {}",
		"a blurred picture of a {}",
		"a grainy picture of a {}",
		"a dim picture of a {}",
		"a bright picture of a {}",
		"a picture of a {} in black and white",
		"a drawing of a {}",
		"a painting of a {}",
		"a statue of a {}",
		"a toy {}",
		"an unusual {}",
	}},
}

// Prompts are templates of texts, with {} in the place of the class's name.
type Prompts struct {
	Name      string   // of the built-in list, or of the file with a digest of its templates, for protocols
	Templates []string // at least one
}

// PromptSettings choose the prompts. Package config reads them.
type PromptSettings struct {
	Templates string `yaml:"templates" oneof:"auto,images,shapes,counting,textures,digits,clothes"`
	File      string `yaml:"file"`
}

// Prompts returns the prompts for a data set of that name. The error of an
// unknown list names the known ones.
func (s PromptSettings) Prompts(dataset string) (Prompts, error) {
	if s.File != "" {
		return LoadPrompts(s.File)
	}
	wanted := s.Templates
	if wanted == autoPrompts {
		wanted = dataset
	}
	names := make([]string, len(builtin))
	for i, prompts := range builtin {
		if prompts.Name == wanted {
			return prompts.clone(), nil
		}
		names[i] = prompts.Name
	}
	if s.Templates == autoPrompts {
		return builtin[len(builtin)-1].clone(), nil
	}
	return Prompts{}, errors.New(config.Unknown("prompt list", wanted, append(names, autoPrompts)))
}

func (p Prompts) clone() Prompts { return Prompts{p.Name, slices.Clone(p.Templates)} }

// LoadPrompts reads templates from a file, one a line, or a list of texts in
// JSON. Empty lines and those that begin with # are left out; any other must
// hold a {}, be there once, and be no line of a program.
func LoadPrompts(path string) (Prompts, error) {
	text, err := textfile.Read(path)
	if err != nil {
		return Prompts{}, fmt.Errorf("prompts: %w", err)
	}
	var prompts Prompts
	seen := map[string]int{}
	for i, line := range textfile.Items(text) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fault := faultOf(line)
		if earlier := seen[line]; fault == "" && earlier > 0 {
			fault = fmt.Sprintf("%.60q is there already, in line %d", line, earlier)
		}
		if fault != "" {
			return Prompts{}, fmt.Errorf("prompts %s, line %d: %s", path, i+1, fault)
		}
		seen[line] = i + 1
		prompts.Templates = append(prompts.Templates, line)
	}
	if len(prompts.Templates) == 0 {
		return Prompts{}, fmt.Errorf("prompts %s: there are none in the file", path)
	}
	prompts.Name = filepath.Base(path) + "@" + prompts.Digest()
	return prompts, nil
}

// Digest tells prompts by their templates, in 8 hexadecimal digits.
func (p Prompts) Digest() string {
	sum := sha256.Sum256([]byte(strings.Join(p.Templates, "\n")))
	return fmt.Sprintf("%x", sum[:4])
}

// otherPlaceholder is how other programs mark the place of the class's name.
var otherPlaceholder = regexp.MustCompile(`\{\w+\}|%s|<(?:class|label|name)>|\[(?:CLASS|class)\]`)

// faultOf says what is wrong with a line as a template; "" if nothing is.
func faultOf(line string) string {
	switch {
	case textfile.FromProgram(line):
		return fmt.Sprintf("%.60q looks like part of a list in a program; write the text alone, without quotes and commas, "+
			"or the whole file as a list in JSON", line)
	case strings.Contains(line, placeholder):
		return ""
	}
	fault := fmt.Sprintf("%.60q has no %s in the place of the class's name", line, placeholder)
	if other := otherPlaceholder.FindString(line); other != "" {
		fault += fmt.Sprintf("; write it instead of %s", other)
	}
	return fault
}

// Text is the text of one template, in [0, len(Templates)), for a class.
// Underscores in the name, as folders have them, become spaces.
func (p Prompts) Text(template int, class string) string {
	return strings.ReplaceAll(p.Templates[template], placeholder, strings.ReplaceAll(class, "_", " "))
}

// Of returns the texts of a class, one a template.
func (p Prompts) Of(class string) []string {
	texts := make([]string, len(p.Templates))
	for i := range texts {
		texts[i] = p.Text(i, class)
	}
	return texts
}
