package tokenizer_test

import (
	"fmt"
	"log"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/tokenizer"
)

func ExampleLearn() {
	captions := []string{"a red star", "a red ring", "a blue star"}
	t, err := tokenizer.Learn(slices.Values(captions), 600, 77)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(t.Merges())
	ids := t.Encode("A Red Start!")
	fmt.Println(len(ids), t.Decode(ids))
	// Output:
	// [{a r</w>} {e d</w>} {r ed</w>} {s t} {st ar</w>}]
	// 7 a red start !
}
