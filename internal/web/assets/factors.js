"use strict";
// Factors of variation and transfer, where they were measured.

K.factorsSection = (choice) => {
  const { study } = choice;
  const found = (keep) => study.scores.filter((s) => keep(study.protocols[s.protocol], s) && choice.rows.some((r) => r.index === s.setting) && !choice.off.includes(s.seed));
  const parts = [];
  for (const [title, about, scores, column] of [
    ["Factors", "Linear probes of every factor of variation: accuracy as a share of samples, or r² of a number; means over the seeds.", found((p, s) => p.factor && ["top1", "r2"].includes(s.metric)), (p, s) => p.factor + (s.metric === "r2" ? " (r²)" : "") + (p.measured ? " of " + p.measured : "")],
    ["Transfer", "Scores on data sets that the backbones were not trained on; means over the seeds.", found((p, s) => p.measured && !p.factor && ["top1", "recall@1"].includes(s.metric)), (p) => p.measured + " " + p.kind],
  ]) {
    if (scores.length) parts.push(K.el("h3", {}, title), K.el("p", { class: "about" }, about), ...K.heat(choice, title, scores, column));
  }
  if (!parts.length) parts.push(K.el("p", {}, "Neither factors of variation nor transfer to other data sets were measured in this study."));
  return K.section("factors", "Factors and transfer", "", ...parts);
};

// K.heat shows means of scores by method and column, shaded by their size.
K.heat = (choice, title, scores, column) => {
  const { study } = choice;
  const cells = d3.rollups(scores, (group) => ({ value: K.mean(group.map((s) => s.value)), one: group[0] }), (s) => s.setting, (s) => column(study.protocols[s.protocol], s));
  const columns = [...new Set(cells.flatMap(([, of]) => of.map(([name]) => name)))];
  const rows = choice.rows.filter((r) => cells.some(([index]) => index === r.index)).map((r) => ({ r, of: new Map(cells.find(([index]) => index === r.index)[1]) }));
  const flat = rows.flatMap(({ r, of }) => [...of].map(([name, { value }]) => ({ method: r.label, column: name, value })));
  return [K.figure(title + " by method; the table below has the same numbers", (width) => K.plot({ width, height: (width < 560 ? 130 : 90) + 22 * rows.length, marginLeft: 110, marginTop: width < 560 ? 110 : 70, marginRight: 40, x: { label: null, axis: "top", domain: columns, tickRotate: width < 560 ? -60 : -25, tickFormat: K.visible }, y: { label: null, domain: rows.map(({ r }) => r.label), tickFormat: K.visible },
    color: { range: K.theme() === "dark" ? ["#1d232a", "#2f6f9f"] : ["#f4f6f8", "#8fc1e3"], interpolate: "rgb" },
    marks: [Plot.cell(flat, { x: "column", y: "method", fill: "value", inset: 0.5 }), Plot.text(flat, { x: "column", y: "method", text: (x) => x.value.toFixed(2), fontSize: 10, fill: "var(--text)" })] }), K.heatOf(choice, cells)),
  K.table(title, [{ title: "method" }, ...columns.map((c) => ({ title: c, number: true }))], rows.map(({ r, of }) => [K.name(r.label), ...columns.map((c) => {
    const cell = of.get(c);
    if (!cell) return "–";
    const where = { study: study.name, dataset: r.setting.dataset, backbone: r.setting.backbone, method: r.setting.method, config_hash: r.setting.hash, protocol: study.protocols[cell.one.protocol].label, metric: cell.one.metric };
    return { text: cell.value.toFixed(3), sql: `SELECT avg(value) AS value FROM run_scores\nWHERE ${K.sql.conditions(where)}${K.sql.without(choice)}`, values: { value: cell.value } };
  })]))];
};

// K.heatOf is the statement of all means that are shown, the smallest first.
K.heatOf = (choice, cells) => {
  const shown = cells.flatMap(([index, of]) => of.map(([, cell]) => ({ setting: choice.study.settings[index], protocol: choice.study.protocols[cell.one.protocol].label, metric: cell.one.metric, value: cell.value })));
  const list = (key) => [...new Set(shown.map(key))].map((v) => K.sql.quote(v)).join(", ");
  return { rows: shown.map((s) => [s.value]).sort((a, b) => a[0] - b[0]), sql: `SELECT avg(value) AS value FROM run_scores
WHERE study = ${K.sql.quote(choice.study.name)} AND backbone = ${K.sql.quote(choice.backbone)} AND dataset = ${K.sql.quote(choice.dataset)}
  AND method IN (${list((s) => s.setting.method)}) AND config_hash IN (${list((s) => s.setting.hash)})
  AND protocol IN (${list((s) => s.protocol)}) AND metric IN (${list((s) => s.metric)})${K.sql.without(choice)}
GROUP BY method, config_hash, protocol, metric\nORDER BY value` };
};
