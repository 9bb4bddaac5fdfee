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
  return K.section("duels", "Who beats whom", `Mean difference in ${choice.axis} over the seeds that both have: row minus column. ▲ the row is better beyond chance, ▼ worse; without a mark the difference may be none. ${K.by(choice)}`,
    forest.length ? K.figure("Differences from " + baseline.label + "; the table of the ranking has the same numbers", (width) => K.intervals(study, forest, width, { axis: `difference from ${K.visible(baseline.label)}, ${choice.axis}`, zero: true, scale: choice.scale })) : null,
    K.table("Who beats whom", [{ title: "row minus column" }, ...rows.map((r) => ({ title: K.name(r.label), number: true }))], cells));
};
