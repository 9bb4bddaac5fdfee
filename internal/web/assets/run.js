"use strict";
// A run: how far it is, its curves, scores, alarms and configuration.

K.runPage = (root, id) => {
  const plots = new Map();
  const curves = K.el("div", { class: "pair", id: "run-curves" });
  const head = K.el("div"), rest = K.el("div"), networks = K.el("div"), log = K.el("div", { id: "run-log" });
  root.replaceChildren(head, K.el("section", { "aria-label": "curves" }, K.el("h2", {}, "Curves"), curves), rest, networks, K.section("log", "Log", "", log));
  const draw = async () => {
    const run = await K.get("/api/run/" + encodeURIComponent(id));
    document.title = K.visible(run.name) + " · kontrast";
    head.replaceChildren(K.el("h1", {}, "Run ", K.name(run.name)), K.el("p", {}, `${run.method} on ${run.backbone}, data set ${run.dataset}, seed ${run.seed}`, run.study ? [", study ", K.studyLink(run.study)] : ""),
      K.el("p", { id: "run-state" }, K.el("span", { class: "state " + run.state }, run.state), ` after ${run.step}` + (run.steps ? ` of ${run.steps}` : "") + ` steps, ${K.duration(run.seconds)} `, run.state === "running" ? [K.bar(run.step, run.steps), " ", K.left(run.seconds, run.step, run.steps)] : ""),
      run.error ? K.el("p", { class: "problem" }, run.error) : "",
      run.state !== "running" && run.state !== "finished" ? K.el("p", {}, "Go on with: ", K.el("code", {}, "kontrast resume " + run.name)) : "");
    K.get("/api/run/" + encodeURIComponent(id) + "/log").then(({ lines, note }) => log.replaceChildren(note ? K.el("p", { class: "about" }, note) : "",
      lines.length ? K.table("Log", [{ title: "time" }, { title: "level" }, { title: "message" }, { title: "more" }], lines.map((l) => [l.time.replace("T", " "), l.level, l.message, K.el("code", {}, l.fields)]), { class: "stack" }) : K.el("p", {}, "It has no lines of this run.")), (problem) => log.replaceChildren(K.el("p", { class: "problem" }, String(problem.message || problem))));
    for (const [metric, curve] of Object.entries(run.curves)) {
      if (!plots.has(metric)) plots.set(metric, K.liveCurve(curves, metric, run.style));
      plots.get(metric)(curve);
    }
    if (!networks.firstChild) networks.replaceChildren(K.drawings([{ id: run.id, name: run.name }], run.params.some(([key]) => key === "backbone.positions")));
    const cell = (table, column, shown, text, where) => ({ text, sql: `SELECT DISTINCT ${column} FROM ${table}\nWHERE run = ${run.id}` + where, values: { [column]: shown } });
    rest.replaceChildren(
      run.alarms.length ? K.section("alarms", "Alarms", "", K.table("Alarms", [{ title: "step", number: true }, { title: "alarm" }, { title: "what was seen" }], run.alarms.map(([step, kind, detail]) => [cell("alarms", "step", step, String(step), ` AND step = ${step} AND kind = ${K.sql.quote(kind)}`), kind, detail]), { class: "stack" })) : "",
      K.section("scores", "Scores", "", run.scores.length ? K.table("Scores", [{ title: "evaluation" }, { title: "metric" }, { title: "step", number: true }, { title: "value", number: true }, { title: "protocol" }],
        run.scores.map(([kind, metric, step, value, label]) => [kind, metric, cell("evaluations", "step", step, String(step), ` AND step = ${step} AND metric = ${K.sql.quote(metric)}`), { text: K.short(value), sql: `SELECT value FROM evaluations JOIN protocols ON protocols.id = protocol\nWHERE run = ${run.id} AND step = ${step} AND metric = ${K.sql.quote(metric)} AND label = ${K.sql.quote(label)}`, values: { value } }, label]), { class: "stack" }) : K.el("p", {}, "None yet.")),
      K.section("settings", "Settings", "", K.table("Settings", [{ title: "setting" }, { title: "value" }], run.params.map(([key, v]) => [K.el("code", {}, key), /^-?\d/.test(v) ? { text: String(v), sql: K.sql.param(null, run.id, key), values: typeof v === "number" ? { value: v } : {} } : v === null ? "none" : String(v)]))),
      K.section("made", "Where it was made", "", K.table("Where it was made", [{ title: "what" }, { title: "which" }], [["machine", run.host], ["engine", run.engine], ["commit", run.commit || "not known"], ["method from", run.module], ...Object.entries(run.versions || {}), ...run.artifacts.map(([kind, path, bytes]) => [kind, `${path} (${bytes} bytes)`])])));
  };
  K.follow((moved) => { if (moved.has(Number(id)) || Number.isNaN(Number(id))) draw(); });
  return draw();
};

// K.liveCurve makes a chart by uPlot and returns what gives it data.
K.liveCurve = (place, metric, style) => {
  const box = K.el("div", { class: "live", role: "img", "aria-label": metric + " by training step" }), table = K.el("p", { class: "about" });
  place.append(K.el("figure", { class: "plot" }, K.el("figcaption", {}, metric), box, table));
  let plot, data = [[], []];
  const make = () => {
    const text = getComputedStyle(document.body).color, rule = getComputedStyle(document.documentElement).getPropertyValue("--rule");
    const axis = { stroke: text, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1 } };
    if (plot) plot.destroy();
    plot = new uPlot({ width: Math.max(260, box.clientWidth), height: 220, legend: { show: false }, scales: { x: { time: false } }, axes: [{ ...axis, values: (_, ticks) => ticks.map(K.short) }, { ...axis, size: 66, values: (_, ticks) => ticks.map(K.short) }], series: [{}, { stroke: style[K.theme()], width: 1.5 }] }, data, box);
  };
  new ResizeObserver(make).observe(place);
  return (curve) => {
    data = [curve.steps, curve.values];
    table.textContent = curve.values.length ? `last: ${K.significant(curve.values.at(-1))} at step ${curve.steps.at(-1)}` : "nothing yet";
    if (plot) plot.setData(data); else make();
  };
};
