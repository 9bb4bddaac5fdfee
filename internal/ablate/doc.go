// Package ablate finds what separates two configurations, as factors that can be
// changed one by one, and plans the runs that tell what each of them makes of
// the difference of their scores.
package ablate
