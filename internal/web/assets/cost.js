"use strict";
// What the scores cost: seconds of work and images seen.

K.costSection = (choice) => {
  const { study, rows, measure } = choice;
  const spent = rows.map((r) => ({ ...r, seconds: K.mean(r.runs.map((run) => run.seconds)), images: K.mean(r.runs.map((run) => run.images)), ids: r.runs.map((run) => run.id) }));
  const dots = (x, label) => (width) => K.plot({
    width, height: 320, marginLeft: 50, marginRight: 80, x: { label, grid: true, tickFormat: K.short, domain: K.extent(spent.map((r) => r[x])) }, y: { label: choice.axis, grid: true },
    symbol: { range: K.symbols, domain: K.symbols },
    marks: [
      Plot.dot(spent, { x, y: (r) => r.mean * choice.scale, r: 5, fill: (r) => K.color(study, r.method), symbol: (r) => K.symbol(study, r.method), tip: true, title: (r) => K.visible(`${r.label}: ${K.significant(r.mean * choice.scale)} in ${K.duration(r.seconds)}, ${K.significant(r.images)} images`) }),
      Plot.text(K.roomy(spent, x, width - 130, 270), { x, y: (r) => r.mean * choice.scale, text: (r) => K.visible(r.label), dx: 8, textAnchor: "start", fontSize: 10, fill: "var(--text)" }),
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

// K.extent is the range of an axis, which has a width where all values are the same.
K.extent = (values) => {
  const [low, high] = d3.extent(values);
  return low < high ? [low, high] : [0.9 * low, 1.1 * high || 1];
};

// K.roomy are the rows whose names have room beside their dots, in a panel of
// that size in pixels; those before count first.
K.roomy = (rows, x, width, height) => {
  const across = d3.scaleLinear(K.extent(rows.map((r) => r[x])), [0, width]), up = d3.scaleLinear(K.extent(rows.map((r) => r.mean)), [height, 0]);
  const taken = [];
  return rows.filter((r) => {
    const left = across(r[x]), right = left + 10 + 6 * K.visible(r.label).length, y = up(r.mean);
    const free = taken.every((o) => Math.abs(o.y - y) >= 12 || o.right <= left || right <= o.left);
    if (free) taken.push({ left, right, y });
    return free;
  });
};
