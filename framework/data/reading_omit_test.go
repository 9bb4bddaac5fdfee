package data

import (
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Studies of before these settings go on as what they were.
func TestReadingSettingsThatDoNothingHaveNoPartInTheHash(t *testing.T) {
	type older struct {
		Strict      bool  `yaml:"strict"`
		AsStored    bool  `yaml:"ignore_orientation"`
		DecodeBytes int64 `yaml:"decode_bytes"`
		Cache       int64 `yaml:"cache_bytes"`
	}
	if config.Hash(Reading{}) != config.Hash(older{}) {
		t.Error("settings that older programs lack change the hash where they do nothing")
	}
	if config.Hash(Reading{DecodeSide: 64}) == config.Hash(Reading{}) {
		t.Error("images decoded at another size have the same hash")
	}
}
