"use strict";
// Factors of variation and transfer, where they were measured.

K.factorsSection = (choice) => {
  const { study } = choice;
  const parts = [];
  for (const [what, table, about] of [["Factors", study.factors, "What a probe can read from the frozen features."], ["Transfer", study.transfer, "Scores on other data sets."]]) {
    if (!table || !table.rows.length) continue;
    parts.push(K.el("h3", {}, what), K.el("p", { class: "about" }, about), K.matrix(choice, table, what));
  }
  if (!parts.length) parts.push(K.el("p", {}, "Neither factors of variation nor transfer to other data sets were measured in this study."));
  return K.section("factors", "Factors and transfer", "", ...parts);
};

// K.matrix shows scores of methods by column, shaded by the value.
K.matrix = (choice, table, what) => {
  const rows = choice.rows.filter((r) => table.rows.some((t) => t.setting === r.index));
  const shown = table.columns.filter((c) => rows.some((r) => table.rows.some((t) => t.setting === r.index && t.column === c)));
  const value = (r, c) => {
    const found = table.rows.filter((t) => t.setting === r.index && t.column === c && !choice.off.includes(t.seed)).map((t) => t.value);
    return found.length ? K.mean(found) : null;
  };
  const flat = rows.flatMap((r) => shown.map((c) => ({ method: r.label, column: c, value: value(r, c) }))).filter((x) => x.value !== null);
  return [K.figure(what + " by method", (width) => K.plot({ width, height: 70 + 22 * rows.length, marginLeft: 110, marginTop: 60, x: { label: null, axis: "top", domain: shown, tickRotate: -25, tickFormat: K.visible }, y: { label: null, domain: rows.map((r) => r.label), tickFormat: K.visible },
    color: { scheme: K.theme() === "dark" ? "viridis" : "blues" },
    marks: [Plot.cell(flat, { x: "column", y: "method", fill: "value", inset: 0.5 }), Plot.text(flat, { x: "column", y: "method", text: (x) => x.value.toFixed(2), fontSize: 10, fill: "var(--text)", stroke: "var(--paper)", strokeWidth: 3 })] })),
  K.table(what, [{ title: "method" }, ...shown.map((c) => ({ title: c, number: true }))], rows.map((r) => [K.name(r.label), ...shown.map((c) => {
    const v = value(r, c);
    return v === null ? "–" : { text: v.toFixed(3), sql: K.sql.cell(choice, table, r, c), values: { value: v } };
  })]))];
};
