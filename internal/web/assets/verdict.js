"use strict";
// The verdict in sentences.

K.verdict = (choice) => {
  const { rows, baseline, measure, study } = choice;
  const trained = rows.filter((r) => r !== baseline);
  const value = (r) => K.number(K.estimate(r, measure) + K.unit(measure), K.sql.summary(choice, r.setting), { mean: r.mean, half_width: r.half, n: r.n });
  const difference = (a, b) => {
    const d = K.judge(choice, a, b);
    return d ? K.number(K.estimate(d, measure, true), d.sql, d.values) : "an unknown difference (no seed in common)";
  };
  const marked = (a, b) => (K.judge(choice, a, b) || { mark: "open" }).mark;
  const list = (items) => items.flatMap((item, i) => [i === 0 ? "" : i === items.length - 1 ? " and " : ", ", K.name(item.label)]);
  const lines = [];
  if (!trained.length) return [K.el("p", {}, "There is nothing to compare with ", K.name(baseline.label), ": no other method has a finished run.")];
  const best = trained[0];
  lines.push(["The best mean is that of ", K.name(best.label), ": ", value(best), " over ", K.number(String(best.n), K.sql.summary(choice, best.setting), { n: best.n }), best.n === 1 ? " seed; the baseline " : " seeds; the baseline ", K.name(baseline.label), " has ", value(baseline), "."]);
  const beats = trained.filter((r) => marked(r, baseline) === "won");
  const loses = trained.filter((r) => marked(r, baseline) === "lost");
  lines.push(beats.length
    ? ["Better than the baseline, beyond what chance explains, ", beats.length === 1 ? "is " : "are ", list(beats), "."]
    : ["No method is better than the baseline beyond what chance explains."]);
  if (loses.length) lines.push([loses.length === 1 ? "Worse than it is " : "Worse than it are ", list(loses), "."]);
  if (trained.length > 1) {
    const close = trained.slice(1).filter((r) => marked(best, r) === "open");
    lines.push(["The lead over the second, ", K.name(trained[1].label), ", is ", difference(best, trained[1]), "; ",
      close.length ? ["not told apart from the best ", close.length === 1 ? "is " : "are ", list(close), "."] : "every other method is behind by more than chance explains."]);
  }
  const seeds = Math.min(...trained.map((r) => r.n));
  if (seeds < 2) lines.push(["Some methods have a single seed, and so no interval: run more seeds before you trust a difference."]);
  else if (seeds < 5) lines.push(["With so few seeds an interval is ", K.number(study.t[seeds - 2].toFixed(1), `SELECT t FROM t_quantiles\nWHERE df = ${seeds - 1}`, { t: study.t[seeds - 2] }), " times the standard error: more seeds would tell more."]);
  return lines.map((line) => K.el("p", {}, ...line));
};

K.verdictSection = (choice) => K.section("verdict", "The verdict",
  K.by(choice),
  K.verdict(choice));
