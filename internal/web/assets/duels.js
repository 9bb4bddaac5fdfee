"use strict";
// Who beats whom: every method against the baseline and against each other.

K.duelsSection = (choice) => {
  const { study, rows, measure, baseline, sign } = choice;
  const forest = rows.filter((r) => r !== baseline).map((r) => ({ r, d: K.paired(r, baseline, study.t) })).filter((x) => x.d)
    .map(({ r, d }) => ({ label: r.label, method: r.method, mean: d.mean, half: d.half, hollow: !K.decided(d), dots: [] }));
  const cells = rows.map((a) => [K.name(a.label), ...rows.map((b) => {
    const d = a === b ? null : K.paired(a, b, study.t);
    if (!d) return a === b ? "" : "–";
    const mark = K.mark(d, sign), symbol = { won: "▲ ", lost: "▼ ", open: "" }[mark];
    return { text: symbol + K.fixed(d.mean, measure, true), sql: K.sql.paired(choice, a, b), values: { mean: d.mean, half_width: d.half, n: d.n }, mark };
  })]);
  return K.section("duels", "Who beats whom", `Mean difference in ${choice.axis} over the seeds that both have: row minus column. ▲ the row is better beyond chance, ▼ worse; without a mark the difference may be none.`,
    forest.length ? K.figure("Differences from " + baseline.label + "; the table of the ranking has the same numbers", (width) => K.intervals(study, forest, width, { axis: `difference from ${K.visible(baseline.label)}, ${choice.axis}`, zero: true, scale: choice.scale })) : null,
    K.table("Who beats whom", [{ title: "row minus column" }, ...rows.map((r) => ({ title: K.name(r.label), number: true }))], cells));
};
