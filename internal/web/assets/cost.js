"use strict";
// What the scores cost: seconds of the clock and images seen.

K.costSection = (choice) => {
  const { study, rows, measure } = choice;
  const spent = rows.map((r) => ({ ...r, seconds: K.mean(r.runs.map((run) => run.seconds)), images: K.mean(r.runs.map((run) => run.images)), ids: r.runs.map((run) => run.id) }));
  const dots = (x, label) => (width) => K.plot({
    width, height: 320, marginLeft: 50, marginRight: 80, x: { label, grid: true, tickFormat: "~s" }, y: { label: choice.axis, grid: true },
    symbol: { range: K.symbols, domain: K.symbols },
    marks: [
      Plot.dot(spent, { x, y: (r) => r.mean * choice.scale, r: 5, fill: (r) => K.color(study, r.method), symbol: (r) => K.symbol(study, r.method), tip: true, title: (r) => K.visible(`${r.label}: ${K.significant(r.mean * choice.scale)} in ${K.duration(r.seconds)}, ${K.significant(r.images)} images`) }),
      Plot.text(spent, { x, y: (r) => r.mean * choice.scale, text: (r) => K.visible(r.label), dx: 8, textAnchor: "start", fontSize: 10, fill: "var(--text)", filter: (r, i) => spent.slice(0, i).every((o) => Math.abs(o.mean - r.mean) * choice.scale > 0.03 * choice.scale * (spent[0].mean - spent[spent.length - 1].mean) || Math.abs(o[x] - r[x]) > 0.15 * Math.max(...spent.map((s) => s[x]))) }),
    ],
  });
  const all = rows.flatMap((r) => r.runs).sort((a, b) => a.id - b.id), ids = all.map((run) => run.id);
  const each = (key, sql) => ({ sql, rows: all.map((run) => [run.id, run[key]]) });
  return K.section("cost", "What it cost", "Means over the runs of a method. Seconds are those of the clock, on the machines named below, and include the evaluation; images seen are training steps times samples a step.",
    K.el("div", { class: "pair" }, K.figure("Scores against seconds", dots("seconds", "seconds of a run"), each("seconds", `SELECT run, seconds FROM run_overview\nWHERE run IN ${K.sql.runs(ids)}\nORDER BY run`)),
      K.figure("Scores against images seen", dots("images", "images seen by a run"), each("images", `SELECT run, coalesce(step * (SELECT value FROM run_params p WHERE p.run = o.run AND key = 'train.batch_size'), 0) AS images\nFROM run_overview o WHERE run IN ${K.sql.runs(ids)}\nORDER BY run`))),
    K.table("Cost", [{ title: "method" }, { title: choice.axis, number: true }, { title: "seconds of a run", number: true }, { title: "images seen", number: true }, { title: "runs", number: true }],
      spent.map((r) => [K.name(r.label), { text: K.fixed(r.mean, measure), sql: K.sql.summary(choice, r.setting), values: { mean: r.mean } },
        { text: r.seconds.toFixed(1), sql: K.sql.seconds(r.ids), values: { seconds: r.seconds }, mark: "about" },
        { text: r.images.toFixed(0), sql: K.sql.images(r.ids), values: { images: r.images } }, { text: String(r.ids.length), sql: K.sql.of_runs(r.ids), values: { runs: r.ids.length } }])));
};
