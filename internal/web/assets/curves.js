"use strict";
// Curves of what training logged: the mean of the seeds in a band from the
// lowest to the highest of them.

// K.bands gathers the curves of the shown methods by step.
K.bands = (choice, curves) => {
  const { study } = choice;
  const rows = new Map(choice.rows.map((r) => [r.index, r]));
  const runs = new Map(study.runs.map((r) => [r.id, r]));
  const bands = new Map();
  for (const curve of curves) {
    const run = runs.get(curve.run), row = run && rows.get(run.setting);
    if (!row || choice.off.includes(run.seed)) continue;
    if (!bands.has(row)) bands.set(row, []);
    bands.get(row).push({ run, curve });
  }
  // Thinned curves of several seeds have other steps each: values between are interpolated.
  const at = (curve, step) => {
    const i = d3.bisectLeft(curve.steps, step);
    if (curve.steps[i] === step || i === 0) return curve.steps[i] === step ? curve.values[i] : undefined;
    if (i === curve.steps.length) return undefined;
    const share = (step - curve.steps[i - 1]) / (curve.steps[i] - curve.steps[i - 1]);
    return curve.values[i - 1] + share * (curve.values[i] - curve.values[i - 1]);
  };
  return [...bands].map(([row, list]) => {
    const steps = [...new Set(list.flatMap((l) => l.curve.steps))].sort((a, b) => a - b);
    return { row, runs: list.map((l) => l.run.id), points: steps.map((step) => {
      const values = list.map((l) => at(l.curve, step)).filter((v) => v !== undefined);
      return { step, mean: K.mean(values), low: Math.min(...values), high: Math.max(...values), n: values.length, row };
    }) };
  });
};

K.curvesSection = (choice, source) => {
  const { study } = choice;
  if (!study.logged.length) return null;
  const metric = study.logged.includes(K.state.get("curve")) ? K.state.get("curve") : study.logged.includes("loss") ? "loss" : study.logged[0];
  const log = K.state.get("log") === "1";
  const place = K.el("div", {}, K.el("p", { class: "about" }, "Loading…"));
  Promise.resolve(source.curves(metric)).then((curves) => {
    const bands = K.bands(choice, curves);
    if (!bands.length) { place.replaceChildren(K.el("p", {}, "The methods shown logged no such metric.")); return; }
    const apart = log ? [] : K.apart(bands), drawnBands = bands.filter((b) => !apart.includes(b));
    const fits = (p) => !log || p.low > 0;
    const color = (p) => K.color(study, p.row.method);
    // Each name has a line of its own at the right.
    const drawn = (width) => {
      const height = Math.max(360, 50 + 11 * drawnBands.length), ends = K.ends(drawnBands, fits, log, height - 50);
      const points = drawnBands.flatMap((b) => b.points.filter(fits));
      return K.plot({ width, height, marginLeft: 60, marginRight: 120, x: { label: "training step" }, y: { label: K.visible(metric), grid: true, type: log ? "log" : "linear" },
        marks: [
          Plot.areaY(points, { x: "step", y1: "low", y2: "high", z: (p) => p.row.label, fill: color, fillOpacity: 0.15 }),
          ...drawnBands.map((b) => Plot.lineY(b.points.filter(fits), { x: "step", y: "mean", stroke: K.color(study, b.row.method), strokeWidth: 1.6, strokeDasharray: K.dash(study, b.row.method) })),
          Plot.text(ends, { x: (p) => p.step, y: (p) => p.place, text: () => "●", textAnchor: "start", dx: 5, fill: color, fontSize: 10 }),
          Plot.text(ends, { x: (p) => p.step, y: (p) => p.place, text: (p) => K.visible(p.row.label), textAnchor: "start", dx: 16, fill: "var(--text)", fontSize: 10 }),
          Plot.tip(points, Plot.pointer({ x: "step", y: "mean", title: (p) => K.visible(`${p.row.label}, step ${p.step}: ${K.significant(p.mean)}` + (p.low < p.high ? ` (${K.significant(p.low)} to ${K.significant(p.high)})` : "")) })),
        ] });
    };
    const last = bands.map((b) => ({ b, p: b.points[b.points.length - 1] }));
    const shown = curves.filter((c) => drawnBands.some((b) => b.runs.includes(c.run)));
    place.replaceChildren(apart.length ? K.el("p", { class: "about", id: "apart" }, "Not drawn, since the others would be flat beside them: ", apart.flatMap((b, i) => [i ? ", " : "", K.name(b.row.label)]), ". Hide other methods, or choose a logarithmic axis, to see them.") : "", K.figure(metric + " during training", drawn, { sql: `SELECT run, step, value FROM learning_curves\nWHERE metric = ${K.sql.quote(metric)} AND run IN ${K.sql.runs(shown.map((c) => c.run))}\nORDER BY run, step` }),
      K.table(metric + " at the end of training", [{ title: "method" }, { title: "last step", number: true }, { title: "mean", number: true }, { title: "lowest", number: true }, { title: "highest", number: true }, { title: "runs", number: true }],
        last.map(({ b, p }) => {
          const ids = choice.study.runs.filter((r) => r.setting === b.row.index && !choice.off.includes(r.seed) && curves.some((c) => c.run === r.id)).map((r) => r.id);
          const sql = `SELECT max(step) AS step, avg(value) AS mean, min(value) AS low, max(value) AS high, count(*) AS runs FROM learning_curves\nWHERE run IN ${K.sql.runs(ids)} AND metric = ${K.sql.quote(metric)} AND step = ${p.step}`;
          const cell = (key, value, text = K.significant(value)) => ({ text, sql, values: { [key]: value } });
          return [K.name(b.row.label), cell("step", p.step), cell("mean", p.mean), cell("low", p.low), cell("high", p.high), cell("runs", p.n)];
        })));
  }, (problem) => place.replaceChildren(K.el("p", { class: "problem" }, String(problem.message || problem))));
  return K.section("curves", "Curves", "What training logged, thinned so that peaks and dips stay. Losses of different methods are on different scales.",
    K.el("form", { class: "controls", onsubmit: (e) => e.preventDefault() }, K.select("Logged metric", "curve", study.logged.map((m) => [m, m]), metric),
      K.el("label", { class: "toggle" }, K.el("input", { type: "checkbox", id: "log", checked: log, onchange: (e) => K.state.set({ log: e.target.checked ? "1" : "" }) }), "logarithmic")),
    place);
};

// K.apart are the curves that end far above or below the rest, beyond Tukey's
// outer fences: three times the range of the middle half.
K.apart = (bands) => {
  const ends = bands.map((b) => b.points.at(-1).mean).sort((a, b) => a - b);
  if (ends.length < 5) return [];
  const low = d3.quantile(ends, 0.25), high = d3.quantile(ends, 0.75), fence = 3 * (high - low);
  return bands.filter((b) => fence > 0 && (b.points.at(-1).mean < low - fence || b.points.at(-1).mean > high + fence));
};

// K.ends places the names at the ends of the lines, moved apart where they would overlap.
K.ends = (bands, fits, log, height = 310) => {
  const of = (v) => (log ? Math.log(v) : v);
  const all = bands.flatMap((b) => b.points.filter(fits).flatMap((p) => [of(p.low), of(p.high)]));
  const low = d3.min(all), pixels = height / Math.max(d3.max(all) - low, 1e-9);
  const ends = bands.map((b) => b.points.filter(fits).at(-1)).filter(Boolean).sort((a, b) => a.mean - b.mean).map((p) => ({ ...p, at: (of(p.mean) - low) * pixels }));
  const apart = Math.min(11, height / ends.length);
  ends.forEach((p, i) => { p.at = Math.max(p.at, i ? ends[i - 1].at + apart : 0); });
  for (let i = ends.length - 1, top = height; i >= 0; i--, top = ends[i + 1].at - apart) ends[i].at = Math.min(ends[i].at, top);
  return ends.map((p) => ({ ...p, place: log ? Math.exp(low + p.at / pixels) : low + p.at / pixels }));
};
