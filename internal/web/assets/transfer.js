"use strict";
// Networks on data sets that they were not trained on (view transfer_table).

K.transferSection = (study) => {
  if (!study.transfers.length) return null;
  const sizes = (table) => table.data.map((d) => `${K.visible(d.name)}: ${d.classes} classes, ${d.training} training and ${d.test} test images`).join("; ") + ".";
  const same = new Set(study.transfers.map(sizes)).size === 1;
  const parts = same ? [K.el("p", { class: "about" }, sizes(study.transfers[0]))] : [];
  for (const table of study.transfers) {
    const about = [same ? "" : sizes(table), table.friedman === null ? "" : `That no network differs over the data sets has p ${K.significant(table.friedman, 2)} (Friedman).`].filter(Boolean).join(" ");
    parts.push(K.el("h3", {}, table.evaluation), about && K.el("p", { class: "about" }, about), K.transferFigure(study, table), K.transferTable(study, table), ...table.notes.map((line) => K.el("p", { class: "about" }, line)));
    if (table.verdicts.length) parts.push(K.el("details", {}, K.el("summary", {}, `Pairs of networks by ${K.visible(table.evaluation)} (${table.verdicts.length} sentences, ${table.clear} more than chance)`), K.el("ul", {}, table.verdicts.map((line) => K.el("li", {}, line)))));
  }
  return K.section("transfer", "Transfer", "Each network, frozen, on each data set by the same evaluation. Networks that share a letter in a column are not told apart at the 5 % level (McNemar's test on the same images, Holm's correction for all pairs of the column); these are networks, not methods.", ...parts);
};

// K.transferTable has a row a network and a column a data set.
K.transferTable = (study, table) => {
  const ranked = table.friedman !== null;
  const cell = (model, data, of) => {
    if (!of || of.value === null) return "–";
    const where = { study: study.name, model: model.name, dataset: data.name, evaluation: table.evaluation, metric: "top1" };
    return { text: [(100 * of.value).toFixed(1), of.letters, of.duplicated ? "!" : ""].filter(Boolean).join(" "), sql: `SELECT value FROM transfer_table\nWHERE ${K.sql.conditions(where)}`, values: { value: of.value } };
  };
  return K.table("Top-1 in % by " + table.evaluation, [{ title: "network" }, { title: "backbone" }, ...table.data.map((d) => ({ title: d.name, number: true })), ...(ranked ? [{ title: "mean rank", number: true }, { title: "IQM", number: true }] : [])],
    table.models.map((m) => [K.name(m.name), m.backbone, ...table.data.map((d, i) => cell(m, d, m.cells[i])), ...(ranked ? [m.rank === null ? "–" : m.rank.toFixed(2), m.iqm === null ? "–" : (100 * m.iqm).toFixed(1)] : [])]), { class: "stack" });
};

// K.transferFigure draws a line a data set with a dot a network, and a tick at chance.
K.transferFigure = (study, table) => {
  const networks = [...new Set(study.transfers.flatMap((t) => t.models.map((m) => m.name)))].sort();
  const dots = table.models.flatMap((m) => table.data.map((d, i) => ({ model: m.name, data: d.name, of: m.cells[i] }))).filter((p) => p.of && p.of.value !== null).map((p) => ({ ...p, value: p.of.value, at: networks.indexOf(p.model) }));
  if (!dots.length) return null;
  const color = (p) => K.categories[K.theme()][p.at % 8], symbol = (p) => K.symbols[((p.at % 4) + Math.floor(p.at / 8)) % 5];
  const draw = (width) => {
    const marginLeft = Math.min(16 + 7 * Math.max(...table.data.map((d) => K.visible(d.name).length)), width * 0.4);
    const names = networks.filter((name) => dots.some((p) => p.model === name)).map((name) => ({ name, at: networks.indexOf(name) }));
    let x = 0, row = 0;
    for (const n of names) {
      const long = 30 + 6.5 * K.visible(n.name).length;
      if (x > 0 && x + long > width - marginLeft - 20) { x = 0; row++; }
      Object.assign(n, { x, row });
      x += long;
    }
    const marginTop = 26 + 16 * row, up = (n) => -16 * (row - n.row) - 14;
    return K.plot({ width, height: marginTop + 26 * table.data.length + 40, marginTop, marginLeft, marginRight: 20, marginBottom: 40,
      x: { label: "top-1 (%)", grid: true, nice: true }, y: { domain: table.data.map((d) => d.name), label: null, tickFormat: K.visible }, symbol: { range: K.symbols, domain: K.symbols },
      marks: [
        Plot.tickX(table.data, { x: (d) => 100 / d.classes, y: "name", stroke: "var(--faint)", inset: 4, tip: true, title: (d) => K.visible(`chance on ${d.name}: ${K.significant(100 / d.classes)}`) }),
        Plot.dot(dots, { x: (p) => 100 * p.value, y: "data", r: 4.5, fill: color, fillOpacity: 0.2, stroke: color, strokeWidth: 1.6, symbol, tip: true, title: (p) => K.visible(`${p.model} on ${p.data}: ${K.significant(100 * p.value)}`) }),
        ...names.flatMap((n) => [Plot.dot([n], { frameAnchor: "top-left", dx: n.x + 5, dy: up(n), r: 4.5, fill: color, fillOpacity: 0.2, stroke: color, strokeWidth: 1.6, symbol }), Plot.text([n], { frameAnchor: "top-left", dx: n.x + 14, dy: up(n) - 5, text: () => K.visible(n.name), fontSize: 11, fill: "var(--text)" })]),
      ] });
  };
  return K.figure(`Top-1 by ${table.evaluation}, and a tick at chance; the table below has the same numbers`, draw, { rows: dots.map((p) => [p.value]).sort((a, b) => a[0] - b[0]), sql: `SELECT value FROM transfer_table\nWHERE ${K.sql.conditions({ study: study.name, evaluation: table.evaluation, metric: "top1" })} AND value IS NOT NULL\nORDER BY value` });
};
