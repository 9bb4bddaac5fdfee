"use strict";
// What made the difference between the two ends of an ablation (view contributions).

K.attributionSection = (choice) => {
  const { study, measure, scale } = choice;
  const at = study.protocols.indexOf(choice.protocol);
  const rows = study.contributions.filter((c) => c.protocol === at && c.metric === choice.metric);
  const total = rows.find((c) => !c.factor), factors = rows.filter((c) => c.factor);
  if (!total || choice.off.length) return null;
  const half = (c) => (c.lower === null ? null : (c.upper - c.lower) / 2);
  const sql = (c, columns) => `SELECT ${columns} FROM contributions\nWHERE ${K.sql.conditions({ study: study.name, protocol: choice.protocol.label, metric: choice.metric, factor: c.factor })}`;
  const share = (c) => ({ text: K.estimate({ mean: c.value, half: half(c) }, measure, true), sql: sql(c, "value, lower, upper, n"), values: { value: c.value, lower: c.lower, upper: c.upper, n: c.n },
    mark: c.holm === null || c.holm > 0.05 ? "open" : choice.sign * c.value > 0 ? "won" : "lost" });
  const part = (c, column) => (c[column] === null ? "–" : { text: K.fixed(c[column], measure, true), sql: sql(c, column), values: { [column]: c[column] } });
  let reached = 0;
  const bars = factors.map((c) => { const from = reached; reached += c.value; return { label: c.factor, from: scale * from, to: scale * reached, decided: c.holm !== null && c.holm <= 0.05 }; });
  bars.push({ label: "all together", from: 0, to: scale * total.value, decided: true });
  const color = (b) => K.categories[K.theme()][b.to < b.from ? 1 : 0];
  return K.section("attribution", "What made the difference",
    `From ${total.first} to ${total.second}: what changing each factor adds, averaged over ${total.orders} orders of the factors (Shapley's value), with the 95 % interval over ${total.n} ${total.n === 1 ? "seed" : "seeds"}. The factors add up to the difference; ${total.corners} combinations of levels were run. ${total.note}`,
    K.figure("Waterfall of the factors; the table below has the same numbers", (width) => K.plot({
      width, height: 60 + 28 * bars.length, marginLeft: Math.min(width * 0.4, 16 + 7 * Math.max(...bars.map((b) => K.visible(b.label).length))), marginRight: 60, marginBottom: 40,
      x: { label: `${choice.axis}, difference from ${K.visible(total.first)}`, grid: true }, y: { label: null, domain: bars.map((b) => b.label), tickFormat: K.visible },
      marks: [
        Plot.barX(bars, { y: "label", x1: "from", x2: "to", fill: (b) => (b.decided ? color(b) : "var(--paper)"), stroke: color, strokeWidth: 1.5, insetTop: 4, insetBottom: 4 }),
        Plot.text(bars, { y: "label", x: (b) => Math.max(b.from, b.to), dx: 5, textAnchor: "start", text: (b) => K.significant(b.to - b.from, 3), fill: "var(--text)" }),
        Plot.ruleX([0]),
      ],
    }), { rows: factors.map((c) => [c.value]).sort((x, y) => x[0] - y[0]), sql: `SELECT value FROM contributions\nWHERE ${K.sql.conditions({ study: study.name, protocol: choice.protocol.label, metric: choice.metric })} AND factor <> ''\nORDER BY value` }),
    K.table("Contributions", [{ title: "factor" }, { title: "from" }, { title: "to" }, { title: "adds", number: true }, { title: "changed first", number: true }, { title: "changed last", number: true }],
      [...factors.map((c) => [K.name(c.factor), c.from, c.to, share(c), part(c, "added"), part(c, "taken")]), ["all together", total.first, total.second, share(total), "", ""]]));
};
