// Package gallery lists the kinds of figures there are of recorded results,
// reads what each shows from the store, and has it drawn.
package gallery
