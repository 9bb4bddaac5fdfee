package cli

import (
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/mix"
	"github.com/kontrast-ml/kontrast/internal/report"
)

// explainMix says of a mix which method each hook is of, and what it keeps up.
func (c *command) explainMix(name string) error {
	catalog, err := c.catalog()
	if err != nil {
		return err
	}
	doc := &config.Document{}
	if err := doc.Assign(name, "method.name", name); err != nil {
		return err
	}
	plan, err := catalog.Resolve(doc, experiment.Defaults())
	if err != nil {
		return err
	}
	d, err := describeMethod(plan.Method)
	if err != nil {
		return err
	}
	d.Use = "Use: --method " + plan.Method.Name
	if c.json {
		return writeJSON(c.stdout, d)
	}
	return d.write(c.stdout)
}

// mixes prints which hooks of which methods go together.
func (c *command) mixes(args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("--mixes shows all methods; leave out %q", args[0])}
	}
	catalog, err := c.catalog()
	if err != nil {
		return err
	}
	legal := mix.All(catalog.Methods.All())
	if c.json {
		return writeJSON(c.stdout, legal)
	}
	table := report.Table{Columns: []string{"loss", "positives, any of", "negatives, any of"}}
	for _, of := range legal {
		table.Rows = append(table.Rows, []any{of.Loss, strings.Join(of.Positives, " "), strings.Join(of.Negatives, " ")})
	}
	if err := c.print(table); err != nil {
		return err
	}
	_, err = fmt.Fprint(c.stdout, `
A loss goes with any of its positives and any of its negatives:
  --method POSITIVES+negatives=NEGATIVES+loss=LOSS
What is left out is of the method of the positives. With hyperparameters, in a configuration:
  method: {name: mix, positives: byol, negatives: {name: mocov2, queue: 4096}, loss: {name: simclr, temperature: 0.2}}
Queues, banks and prototypes take the positives' width; embeddings are normalized for losses of unit vectors.
`)
	return err
}
