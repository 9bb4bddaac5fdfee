"use strict";
// Who beats whom: every method against the baseline and against each other.

K.duelsSection = (choice) => {
  const { study, rows, measure, baseline } = choice;
  const forest = rows.filter((r) => r !== baseline).map((r) => ({ r, d: K.judge(choice, r, baseline) })).filter((x) => x.d)
    .map(({ r, d }) => ({ label: r.label, method: r.method, mean: d.mean, half: d.half, hollow: d.mark === "open", dots: [] }));
  const cells = rows.map((a) => [K.name(a.label), ...rows.map((b) => {
    const d = a === b ? null : K.judge(choice, a, b);
    if (!d) return a === b ? "" : "–";
    return { text: { won: "▲ ", lost: "▼ ", open: "" }[d.mark] + K.fixed(d.mean, measure, true), sql: d.sql, values: d.values, mark: d.mark };
  })]);
  return K.section("duels", "Who beats whom", `Mean difference in ${choice.axis} over the seeds that both have: row minus column. ▲ the row is better beyond chance, ▼ worse; without a mark the difference may be none. ${K.by(choice)}${rows.length > K.many ? " In the picture of all pairs, a blue cell says that the row is better beyond chance, an orange one that it is worse." : ""}`,
    forest.length ? K.figure("Differences from " + baseline.label + "; the table of the ranking has the same numbers", (width) => K.intervals(study, forest, width, { axis: `difference from ${K.visible(baseline.label)}, ${choice.axis}`, zero: true, scale: choice.scale }), K.differencesOf(choice)) : null,
    rows.length > K.many ? K.duelsFigure(choice) : null,
    K.table("Who beats whom", [{ title: "row minus column" }, ...rows.map((r) => ({ title: K.name(r.label), number: true }))], cells));
};

// K.differencesOf is the statement of the differences from the baseline, seed by seed.
K.differencesOf = (choice) => {
  const { rows, baseline } = choice;
  const pairs = rows.filter((r) => r !== baseline).flatMap((r) => [...r.seeds.values()].filter((s) => baseline.seeds.has(s.seed)).map((s) => [s.run, baseline.seeds.get(s.seed).run, s.value - baseline.seeds.get(s.seed).value])).sort((a, b) => a[0] - b[0]);
  return { rows: pairs, sql: `SELECT a.run, b.run, a.value - b.value AS difference
FROM run_scores a JOIN run_scores b USING (protocol, metric, seed)
WHERE a.run IN ${K.sql.runs(pairs.map(([run]) => run))} AND b.run IN ${K.sql.runs([...new Set(pairs.map((p) => p[1]))])}
  AND protocol = ${K.sql.quote(choice.protocol.label)} AND metric = ${K.sql.quote(choice.metric)}\nORDER BY a.run` };
};

// K.many is the number of methods above which who beats whom is drawn too.
K.many = 12;

// K.duelsFigure shades the pairs by who is better.
K.duelsFigure = (choice) => {
  const { rows, measure } = choice, labels = rows.map((r) => r.label);
  const says = { won: "better than", lost: "worse than", open: "not told apart from" };
  const cells = rows.flatMap((a) => rows.filter((b) => b !== a).map((b) => ({ a, b, d: K.judge(choice, a, b) }))).filter((c) => c.d);
  return K.figure("Who beats whom: blue where the row is better beyond chance, orange where it is worse; the table below has the numbers", (width) => {
    const left = Math.min(16 + 7 * Math.max(...labels.map((l) => K.visible(l).length)), width * 0.4), side = Math.min(24, (width - left - 20) / rows.length), narrow = side < 11;
    return K.plot({ width: left + 20 + side * rows.length, height: (narrow ? 20 : left) + 20 + Math.max(12, side) * rows.length, marginLeft: left, marginTop: narrow ? 20 : left, marginRight: 20, marginBottom: 0,
      x: { domain: labels, axis: narrow ? null : "top", tickRotate: -90, tickSize: 0, label: null, tickFormat: K.visible }, y: { domain: labels, tickSize: 0, label: null, tickFormat: K.visible },
      marks: [Plot.cell(cells, { x: (c) => c.b.label, y: (c) => c.a.label, inset: 0.5, fill: (c) => ({ won: K.categories[K.theme()][0], lost: K.categories[K.theme()][1], open: "var(--rule)" })[c.d.mark], fillOpacity: 0.85, tip: true,
        title: (c) => K.visible(`${c.a.label} is ${says[c.d.mark]} ${c.b.label}: ${K.estimate(c.d, measure, true)}${K.unit(measure)}`) })] });
  });
};
