package web

// Samples are test images that a report shows.
type Samples struct {
	Classes []string `json:"classes"`
	Images  []Sample `json:"images"`
	Note    string   `json:"note,omitempty"` // why there are none
}

// Sample is a test image.
type Sample struct {
	Index int    `json:"index"`
	Image string `json:"image"` // a data URL
}

// Map is a picture of the features that runs give the same test samples, in
// two dimensions.
type Map struct {
	Run     int64        `json:"run"`
	Method  string       `json:"method"` // how the dimensions were made: pca or tsne
	Samples []int        `json:"samples"`
	Labels  []int        `json:"labels"`
	Points  [][2]float64 `json:"points"`
}
