package data2vec

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{Masked: 0.5, SmallestBlock: 2, Averaged: 2, Beta: 1, Momentum: 0.99},
		Changes: []string{"/momentum/"},
	})
}
