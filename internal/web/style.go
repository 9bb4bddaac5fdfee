package web

import "github.com/kontrast-ml/kontrast/internal/figure"

// drawn is how a method is drawn.
type drawn struct {
	Light string `json:"light"` // color on light paper
	Dark  string `json:"dark"`
	Shape int    `json:"shape"` // of dots, and the dashes of lines
}

func styleOf(method string) drawn {
	style := figure.StyleOf(method)
	if style.Color < 0 {
		return drawn{figure.Gray[figure.Light], figure.Gray[figure.Dark], style.Shape}
	}
	return drawn{figure.Palettes[figure.Light][style.Color], figure.Palettes[figure.Dark][style.Color], style.Shape}
}
