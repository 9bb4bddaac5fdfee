// Kontrast compares contrastive learning methods; `kontrast --help` lists its commands.
package main

import "github.com/kontrast-ml/kontrast"

func main() { kontrast.Main(kontrast.Extensions{}) }
