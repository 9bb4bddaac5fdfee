"use strict";
// The ranking with intervals and a dot for each seed, and the forest of differences.

K.rankingSection = (choice) => {
  const { study, rows, measure, baseline } = choice;
  const shared = choice.seeds.filter((seed) => !choice.off.includes(seed));
  const perSeed = shared.length <= 5 ? shared : [];
  const columns = [{ title: "method" }, { title: choice.axis + ", mean ± half of the 95 % interval", number: true }, { title: "seeds", number: true }, { title: "over " + baseline.label, number: true }, ...perSeed.map((seed) => ({ title: "seed " + seed, number: true }))];
  const cells = rows.map((r) => {
    const d = r === baseline ? null : K.judge(choice, r, baseline);
    return [K.name(r.label),
      { text: K.estimate(r, measure), sql: K.sql.summary(choice, r.setting), values: { mean: r.mean, half_width: r.half, n: r.n } }, { text: String(r.n), sql: K.sql.summary(choice, r.setting), values: { n: r.n } },
      d ? { text: K.estimate(d, measure, true), sql: d.sql, values: d.values, mark: d.mark } : r === baseline ? "baseline" : "–",
      ...perSeed.map((seed) => (r.seeds.has(seed) ? { text: K.fixed(r.seeds.get(seed).value, measure), sql: K.sql.seed(choice, r.setting, seed), values: { value: r.seeds.get(seed).value } } : "–"))];
  });
  const bars = rows.map((r) => ({ label: r.label, method: r.method, mean: r.mean, half: r.half, hollow: r === baseline,
    dots: [...r.seeds.values()].map((s) => ({ value: s.value, seed: s.seed, run: study.runs.find((run) => run.id === s.run).name })) }));
  return K.section("ranking", "Ranking", `${choice.metric}: ${measure.description || "as reported"}; ${measure.better} is better. ${choice.protocol.words}`,
    K.figure("Ranking of the methods; the table below has the same numbers", (width) => K.intervals(study, bars, width, { axis: choice.axis, scale: choice.scale }), K.scoresOf(choice)),
    K.table("Ranking", columns, cells));
};

// K.mark is the class of a cell by what a difference says.
K.mark = (d, sign) => (!K.decided(d) ? "open" : sign * d.mean > 0 ? "won" : "lost");

// K.scoresOf is the statement of the scores of all runs shown, with its rows.
K.scoresOf = (choice) => {
  const rows = choice.rows.flatMap((r) => [...r.seeds.values()].map((s) => [s.run, s.value])).sort((a, b) => a[0] - b[0]);
  return { sql: K.sql.scores(choice, rows.map(([run]) => run)), rows };
};
