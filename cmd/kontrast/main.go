// Kontrast compares contrastive learning methods. See package cli for its commands.
package main

import (
	"github.com/kontrast-ml/kontrast/framework/app"
	"github.com/kontrast-ml/kontrast/framework/cli"
)

func main() { cli.Main(app.Extensions{}) }
