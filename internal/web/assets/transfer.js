"use strict";
// Networks on data sets that they were not trained on (view transfer_table).

K.transferSection = (study) => {
  if (!study.transfers.length) return null;
  const where = (table, model, data) => K.sql.conditions({ study: study.name, model: model.name, dataset: data.name, evaluation: table.evaluation, metric: "top1" });
  const cell = (table, model, data, of) => {
    if (!of || of.value === null) return of && of.note ? "– (" + of.note + ")" : "–";
    return { text: [(100 * of.value).toFixed(1), of.letters, of.duplicated ? "!" : ""].filter(Boolean).join(" "), sql: `SELECT value FROM transfer_table\nWHERE ${where(table, model, data)}`, values: { value: of.value } };
  };
  const parts = [];
  for (const table of study.transfers) {
    const ranked = table.friedman !== null;
    parts.push(K.el("h3", {}, table.evaluation), K.el("p", { class: "about" }, table.data.map((d) => `${K.visible(d.name)}: ${d.classes} classes, ${d.training} training and ${d.test} test images`).join("; ") + "." + (ranked ? ` That no network differs over the data sets has p ${K.significant(table.friedman, 2)} (Friedman).` : "")),
      K.table("Top-1 in % by " + table.evaluation, [{ title: "network" }, { title: "backbone" }, ...table.data.map((d) => ({ title: d.name, number: true })), ...(ranked ? [{ title: "mean rank", number: true }, { title: "IQM", number: true }] : [])],
        table.models.map((m) => [K.name(m.name), m.backbone, ...table.data.map((d, i) => cell(table, m, d, m.cells[i])), ...(ranked ? [m.rank === null ? "–" : m.rank.toFixed(2), m.iqm === null ? "–" : (100 * m.iqm).toFixed(1)] : [])])));
    const leaks = table.models.flatMap((m) => table.data.flatMap((d, i) => (m.cells[i] && m.cells[i].duplicated ? [`! ${K.visible(m.name)} on ${K.visible(d.name)}: ${m.cells[i].duplicated} of ${d.test} test images have a near-duplicate among the training images.`] : [])));
    for (const line of [...leaks, ...table.verdicts]) parts.push(K.el("p", {}, line));
  }
  return K.section("transfer", "Transfer", "Each network, frozen, on each data set by the same evaluation. Networks that share a letter in a column are not told apart at the 5 % level (McNemar's test on the same images, Holm's correction for all pairs of the column); these are networks, not methods.", ...parts);
};
