package ablate

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// ownRecipe is the recipe of a method's own paper, by a name that stays the same
// where the views do: that of the first method which has them. At the size in
// pixels, if it is known (0 if not), recipes of other names may make them, too.
func ownRecipe(catalog experiment.Catalog, method string, size int) string {
	if own, err := catalog.Methods.Get(method); err == nil {
		for _, other := range catalog.Methods.All() {
			if sameViews(own, other, size) {
				method = other.Name
				break
			}
		}
	}
	return experiment.AutoRecipe + ":" + method
}

func sameViews(a, b framework.Factory, size int) bool {
	if a.Recipe == b.Recipe || size == 0 {
		return a.Recipe == b.Recipe
	}
	first, err := augment.Named(a.RecipeFor(size), size)
	second, other := augment.Named(b.RecipeFor(size), size)
	return err == nil && other == nil && reflect.DeepEqual(first, second)
}

// viewsAlike says that the two methods' own recipes are others and make the same
// views at the size of the images; empty if they don't.
func viewsAlike(catalog experiment.Catalog, first, second *experiment.Plan) string {
	size := first.Spec.Views.Size
	for _, plan := range []*experiment.Plan{first, second} {
		if plan.Spec.Views.Recipe != experiment.AutoRecipe || plan.Spec.Views.Size != size || size == 0 {
			return ""
		}
	}
	a, errA := catalog.Methods.Get(positivesOf(catalog, first))
	b, errB := catalog.Methods.Get(positivesOf(catalog, second))
	if errA != nil || errB != nil || a.Recipe == b.Recipe || !sameViews(a, b, size) {
		return ""
	}
	return fmt.Sprintf("views: no factor, since the recipes %s and %s make the same of %d×%[3]d pixels",
		a.RecipeFor(size), b.RecipeFor(size), size)
}

func positivesOf(catalog experiment.Catalog, plan *experiment.Plan) string {
	return methodOf(settingsOf(catalog, plan)).of("positives")
}

// recipeLevel says whose views they are.
func recipeLevel(of settings, paths []string) string {
	recipe, _ := of.get("views.recipe").(string)
	if custom, _ := of.get("views.custom").([]any); len(custom) > 0 {
		return fmt.Sprintf("%d of its own", len(custom))
	}
	return strings.TrimPrefix(recipe, "auto:")
}
