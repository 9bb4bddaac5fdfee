"use strict";
// Chosen runs, or studies, beside each other.

// K.chosen keeps what is ticked on the overview for a comparison.
K.chosen = { runs: new Set(), studies: new Set() };

K.tick = (kind, value, name) => K.el("input", { type: "checkbox", "aria-label": "compare " + K.visible(name), checked: K.chosen[kind].has(value),
  onchange: (e) => { if (e.target.checked) K.chosen[kind].add(value); else K.chosen[kind].delete(value); } });

K.compareButton = (kind) => K.el("button", { type: "button", id: "compare-" + kind, onclick: () => {
  const list = [...K.chosen[kind]];
  if (list.length < 2) { K.say("tick two or more first"); return; }
  location.href = "/compare#" + new URLSearchParams({ [kind]: list.join("~") });
} }, "Compare the ticked");

K.comparePage = async (root) => {
  const runs = K.state.list("runs"), studies = K.state.list("studies");
  if (!runs.length && !studies.length) { root.replaceChildren(K.el("h1", {}, "Compare"), K.el("p", {}, "Tick runs or studies on the page ", K.el("a", { href: "/" }, "Studies and runs"), " and compare them.")); return; }
  const data = await K.get("/api/compare?" + new URLSearchParams(studies.length ? studies.map((s) => ["study", s]) : runs.map((r) => ["run", r])));
  const draw = () => { root.replaceChildren(...(studies.length ? K.compareStudies(data, studies) : K.compareRuns(data))); };
  K.state.watchers.push(draw);
  draw();
};

// K.differing lists the settings whose values are not the same everywhere.
K.differing = (params, keys, head, cell) => {
  const rows = d3.groups(params, (p) => p[0]).map(([key, list]) => [key, keys.map((k) => (list.find((p) => p[1] === k) || [])[2])]).filter(([, values]) => new Set(values.map((v) => String(v))).size > 1);
  return K.section("differences", "Settings that differ", "", rows.length ? K.table("Settings that differ", [{ title: "setting" }, ...head], rows.map(([key, values]) => [K.el("code", {}, key), ...values.map((v, i) => cell(v, key, keys[i]))]), { class: "stack" }) : K.el("p", {}, "They have the same settings."));
};

K.compareRuns = (data) => {
  const ids = data.runs.map((r) => r[0]), heads = () => data.runs.map(([id, name]) => ({ title: K.runLink(id, name), number: true }));
  const scores = d3.groups(data.scores, (s) => s[2] + "\u0000" + s[3]).map(([, list]) => {
    const [, kind, label, metric] = list[0];
    return [[kind, " ", metric], ...ids.map((id) => {
      const found = list.find((s) => s[0] === id);
      return found ? { text: K.short(found[4]), sql: `SELECT value FROM evaluations JOIN protocols ON protocols.id = protocol\nWHERE run = ${id} AND step = ${found[5]} AND metric = ${K.sql.quote(metric)} AND label = ${K.sql.quote(label)}`, values: { value: found[4] } } : "–";
    }), K.el("small", {}, label)];
  });
  const about = [["study", (r) => r[2]], ["method", (r) => r[3]], ["backbone", (r) => r[4]], ["data set", (r) => r[5]], ["seed", (r) => String(r[6])], ["state", (r) => r[7]], ["steps", (r) => String(r[8])], ["time", (r) => K.duration(r[9])]];
  const overview = (key, column) => (r) => ({ text: key === "time" ? K.duration(r[9]) : String(r[column]), sql: `SELECT ${key === "time" ? "seconds" : key === "steps" ? "step" : key} FROM run_overview\nWHERE run = ${r[0]}`, values: { [key === "time" ? "seconds" : key === "steps" ? "step" : key]: r[column] } });
  const of = { seed: overview("seed", 6), steps: overview("steps", 8), time: overview("time", 9) };
  const metric = data.logged.includes(K.state.get("curve")) ? K.state.get("curve") : data.logged.includes("loss") ? "loss" : data.logged[0];
  const place = K.el("div", {}, K.el("p", { class: "about" }, "Loading…"));
  if (metric) K.get("/api/curves?" + new URLSearchParams([["metric", metric], ...ids.map((id) => ["run", id])])).then((curves) => place.replaceChildren(K.lines(data, curves, metric)), (problem) => place.replaceChildren(K.el("p", { class: "problem" }, String(problem.message || problem))));
  return [K.el("h1", {}, "Runs beside each other"),
    K.section("runs", "Runs", "", K.table("Runs", [{ title: "what" }, ...heads()], about.map(([title, value]) => [title, ...data.runs.map(of[title] || value)]))),
    K.section("scores", "Scores", "Of the last weights that were evaluated.", scores.length ? K.table("Scores", [{ title: "evaluation" }, ...heads(), { title: "protocol" }], scores, { class: "stack" }) : K.el("p", {}, "None yet.")),
    data.runs.length <= 4 ? K.drawings(data.runs.map(([id, name]) => ({ id, name }))) : "",
    metric ? K.section("curves", "Curves", "", K.el("form", { class: "controls", onsubmit: (e) => e.preventDefault() }, K.select("Logged metric", "curve", data.logged.map((m) => [m, m]), metric)), place) : "",
    K.differing(data.params, ids, heads(), (v, key, run) => (typeof v === "number" ? K.number(String(v), K.sql.param("", run, key), { value: v }) : v === undefined ? "–" : v === null ? "none" : String(v)))];
};

// K.lines draws a curve for each run, named at its end.
K.lines = (data, curves, metric) => {
  const all = curves.map((c) => ({ ...c, run: data.runs.find((r) => r[0] === c.run) })).filter((c) => c.run && c.steps.length);
  if (!all.length) return K.el("p", {}, "None of the runs logged it.");
  const styles = { styles: data.styles }, alike = new Set(all.map((c) => c.run[3])).size < all.length;
  const color = (c) => (alike ? K.categories[K.theme()][all.indexOf(c) % 8] : K.color(styles, c.run[3])), dash = (c) => (alike ? K.dashes[Math.floor(all.indexOf(c) / 8)] : K.dash(styles, c.run[3]));
  const ends = K.ends(all.map((c) => ({ points: c.steps.map((step, i) => ({ step, mean: c.values[i], low: c.values[i], high: c.values[i], c })) })), () => true, false, 250);
  return K.figure(metric + " by training step", (width) => K.plot({ width, height: 320, marginLeft: 60, marginRight: 130, x: { label: "training step" }, y: { label: K.visible(metric), grid: true }, marks: [
    ...all.map((c) => Plot.lineY(c.steps.map((step, i) => ({ step, value: c.values[i] })), { x: "step", y: "value", stroke: color(c), strokeWidth: 1.5, strokeDasharray: dash(c) })),
    Plot.text(ends, { x: "step", y: "place", text: (p) => "● " + K.visible(p.c.run[1]), textAnchor: "start", dx: 5, fill: (p) => color(p.c), fontSize: 10 }),
  ] }), { sql: `SELECT run, step, value FROM learning_curves\nWHERE metric = ${K.sql.quote(metric)} AND run IN ${K.sql.runs(all.map((c) => c.run[0]))}\nORDER BY run, step` });
};

K.compareStudies = (data, names) => {
  const metrics = [...new Set(data.summaries.map((s) => s[7]))], metric = metrics.includes(K.state.get("metric")) ? K.state.get("metric") : metrics.includes("top1") ? "top1" : metrics[0];
  const kinds = [...new Set(data.summaries.filter((s) => s[7] === metric).map((s) => s[5]))], kind = kinds.includes(K.state.get("kind")) ? K.state.get("kind") : kinds.includes("linear") ? "linear" : kinds[0];
  const shown = data.summaries.filter((s) => s[7] === metric && s[5] === kind);
  const heads = () => names.map((name) => ({ title: K.studyLink(name), number: true }));
  const rows = d3.groups(shown, (s) => [s[1], s[2], s[3]].join("\u0000")).map(([, list]) => {
    const [, dataset, backbone, method] = list[0];
    return [K.name(method), backbone, dataset, ...names.map((name) => {
      const found = list.filter((s) => s[0] === name), s = found[0];
      if (!s) return "–";
      const measure = { unit: s[11] };
      const cell = { text: K.estimate({ mean: s[9], half: s[10] }, measure), values: { mean: s[9], half_width: s[10] },
        sql: `SELECT mean, half_width, n FROM seed_summary\nWHERE ${K.sql.conditions({ study: s[0], dataset: s[1], backbone: s[2], method: s[3], config_hash: s[4], protocol: s[6], metric: s[7] })}` };
      return found.length > 1 ? K.el("span", {}, K.number(cell.text, cell.sql, cell.values), ` and ${found.length - 1} more settings or protocols`) : cell;
    })];
  });
  return [K.el("h1", {}, "Studies beside each other"),
    K.el("form", { class: "controls", onsubmit: (e) => e.preventDefault() }, K.select("Evaluation", "kind", kinds.map((k) => [k, k]), kind), K.select("Metric", "metric", metrics.map((m) => [m, m]), metric)),
    K.section("scores", "Scores", "Mean and half of the 95 % interval over seeds. Studies with other settings are no fair comparison: see what differs.", rows.length ? K.table("Scores", [{ title: "method" }, { title: "backbone" }, { title: "data set" }, ...heads()], rows, { class: "stack" }) : K.el("p", {}, "No run of these studies has finished with a score.")),
    K.differing(data.params, names, heads(), (v) => (v === undefined ? "–" : String(v).split(",").slice(0, 6).join(", ")))];
};
