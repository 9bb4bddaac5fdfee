"use strict";
// A box for SQL, over the tables in this file or over the living database.

K.examples = (study) => [
  ["Best method by evaluation", `SELECT kind, backbone, method, round(100 * mean, 2) AS mean, round(100 * half_width, 2) AS half_width, n\nFROM seed_summary WHERE rank = 1 AND metric = 'top1'` + (study ? ` AND study = ${K.sql.quote(study)}` : "")],
  ["Scores of every seed", `SELECT method, seed, kind, value FROM run_scores\nWHERE metric = 'top1'` + (study ? ` AND study = ${K.sql.quote(study)}` : "") + "\nORDER BY kind, method, seed LIMIT 200"],
  ["Verdicts on all pairs", `SELECT first, second, verdict, round(100 * difference, 2) AS difference, p_holm, seeds_needed\nFROM verdicts WHERE metric = 'top1'` + (study ? ` AND study = ${K.sql.quote(study)}` : "") + "\nORDER BY p_holm LIMIT 200"],
  ["Learning rates and scores", `SELECT s.method, p.value AS learning_rate, s.seed, s.value\nFROM run_scores s JOIN run_params p USING (run) WHERE p.key = 'train.learning_rate.base' AND s.metric = 'top1'` + (study ? ` AND s.study = ${K.sql.quote(study)}` : "") + "\nLIMIT 200"],
  ["Loss at the end of training", `SELECT name, max(step) AS step, value AS loss FROM learning_curves WHERE metric = 'loss'` + (study ? ` AND study = ${K.sql.quote(study)}` : "") + "\nGROUP BY run ORDER BY run DESC LIMIT 100"],
  ["What was measured, and how", "SELECT kind, label FROM protocols ORDER BY kind, label"],
  ["Alarms", "SELECT r.name, a.step, a.kind, a.detail FROM alarms a JOIN run_overview r USING (run)" + (study ? `\nWHERE r.study = ${K.sql.quote(study)}` : "") + "\nORDER BY a.run DESC, a.step LIMIT 100"],
  ["Runs and their time", `SELECT name, study, method, seed, state, seconds, alarms FROM run_overview` + (study ? `\nWHERE study = ${K.sql.quote(study)}` : "") + "\nORDER BY run DESC LIMIT 100"],
];

// K.saved are the reader's own queries, kept in the browser where it allows that.
K.saved = {
  all() { try { return JSON.parse(localStorage.getItem("kontrast-queries") || "[]"); } catch { return []; } },
  put(list) { try { localStorage.setItem("kontrast-queries", JSON.stringify(list)); return true; } catch { return false; } },
};

// K.chooser offers the examples and the saved queries, and saves and forgets.
K.chooser = (study, area) => {
  const select = K.el("select", { id: "choose-example", onchange: () => {
    const [kind, at] = [select.value[0], Number(select.value.slice(1))];
    if (kind === "e") area.value = K.examples(study)[at][1];
    if (kind === "s") area.value = K.saved.all()[at][1];
    forget.disabled = kind !== "s";
  } });
  const fill = () => {
    const options = (list, kind) => list.map(([title], i) => K.el("option", { value: kind + i }, title)), saved = K.saved.all();
    select.replaceChildren(K.el("option", { value: "" }, "choose…"), K.el("optgroup", { label: "Examples" }, options(K.examples(study), "e")), saved.length ? K.el("optgroup", { label: "Saved in this browser" }, options(saved, "s")) : "");
    forget.disabled = true;
  };
  const name = K.el("input", { type: "text", id: "query-name", size: 18, maxlength: 80 });
  const save = K.el("button", { type: "button", id: "save-query", onclick: () => {
    const title = name.value.trim();
    if (!title) { K.say("give the query a name first"); name.focus(); return; }
    K.say(K.saved.put([...K.saved.all().filter(([t]) => t !== title), [title, area.value]]) ? "saved" : "this browser does not keep it");
    name.value = "";
    fill();
  } }, "Save");
  const forget = K.el("button", { type: "button", id: "forget-query", onclick: () => { K.saved.put(K.saved.all().filter((_, i) => "s" + i !== select.value)); fill(); K.say("forgotten"); } }, "Forget");
  fill();
  return K.el("div", { class: "controls" }, K.el("label", { for: "choose-example" }, "Examples and saved queries", select), forget, K.el("label", { for: "query-name" }, "Name", name), save);
};

// K.querySection runs statements by ask, which returns {columns, rows, note}.
K.querySection = (study, views, ask, about) => {
  const result = K.el("div", { id: "query-result", "aria-live": "polite" });
  const area = K.el("textarea", { id: "sql", rows: 5, spellcheck: "false", autocapitalize: "off", "aria-label": "SQL" });
  area.value = K.state.get("sql") || K.examples(study)[0][1];
  const run = async () => {
    K.state.values.set("sql", area.value);
    history.replaceState(null, "", "#" + K.state.values.toString());
    result.replaceChildren(K.el("p", { class: "about" }, "Running…"));
    try {
      const { columns, rows, note } = await ask(area.value);
      const numeric = columns.map((_, i) => rows.length > 0 && rows.every((row) => row[i] === null || typeof row[i] === "number"));
      result.replaceChildren(K.table(`${rows.length} rows`, columns.map((title, i) => ({ title, number: numeric[i] })), rows.map((row) => row.map((cell) => (cell === null ? "–" : K.significant(cell, 8))))),
        note ? K.el("p", { class: "about" }, note) : "", K.quickChart(columns, rows, numeric) || "");
    } catch (problem) {
      result.replaceChildren(K.el("p", { class: "problem" }, String(problem.message || problem)));
    }
  };
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); K.complete(area, views); }
  });
  return K.section("query", "Ask with SQL", about,
    K.chooser(study, area),
    area, K.el("div", { class: "tools" }, K.el("button", { type: "button", id: "run-sql", onclick: run }, "Run (Ctrl+Enter)"), K.el("button", { type: "button", onclick: () => K.complete(area, views) }, "Complete (Ctrl+Space)")),
    K.el("ul", { id: "completions", class: "completions" }), result,
    K.el("details", {}, K.el("summary", {}, "Views and their columns"), K.el("dl", {}, views.map((v) => [K.el("dt", {}, K.el("code", {}, v.name)), K.el("dd", {}, v.doc, K.el("ul", {}, v.columns.map((c) => K.el("li", {}, K.el("code", {}, c.name), " ", c.doc))))]))));
};

// K.complete offers the names that begin as the word before the cursor.
K.complete = (area, views) => {
  const before = area.value.slice(0, area.selectionStart), word = (before.match(/[A-Za-z_]\w*$/) || [""])[0].toLowerCase();
  const names = [...new Set(views.flatMap((v) => [v.name, ...v.columns.map((c) => c.name)]))].filter((name) => name.startsWith(word)).sort();
  const list = document.getElementById("completions");
  list.replaceChildren(...names.slice(0, 12).map((name) => K.el("li", {}, K.el("button", { type: "button", onclick: () => {
    const start = before.length - word.length;
    area.value = area.value.slice(0, start) + name + area.value.slice(before.length);
    area.setSelectionRange(start + name.length, start + name.length);
    list.replaceChildren();
    area.focus();
  } }, name))));
  if (names.length) list.querySelector("button").focus(); else K.say("no name begins with " + word);
};

// K.quickChart draws a result of a name and a number, or of two numbers.
K.quickChart = (columns, rows, numeric) => {
  const y = numeric.lastIndexOf(true), x = numeric.findIndex((n, i) => i !== y);
  const named = numeric.indexOf(false);
  if (y < 0 || rows.length < 2 || rows.length > 500 || columns.length < 2) return null;
  const clean = rows.filter((row) => row[y] !== null);
  if (named >= 0 && rows.length <= 60) {
    const bars = clean.map((row, i) => ({ name: row.filter((_, j) => !numeric[j]).join(" · ") || String(i), value: row[y] }));
    if (new Set(bars.map((b) => b.name)).size === bars.length) {
      return K.figure("chart of the result", (width) => K.plot({ width, height: 50 + 18 * bars.length, marginLeft: Math.min(260, width * 0.4), x: { label: K.visible(columns[y]), grid: true }, y: { label: null, domain: bars.map((b) => b.name), tickFormat: (t) => K.visible(t).slice(0, 40) }, marks: [Plot.barX(bars, { x: "value", y: "name", fill: K.categories[K.theme()][0] }), Plot.ruleX([0])] }));
    }
  }
  if (x >= 0 && numeric[x]) return K.figure("chart of the result", (width) => K.plot({ width, height: 300, x: { label: K.visible(columns[x]) }, y: { label: K.visible(columns[y]), grid: true }, marks: [Plot.dot(clean, { x: (row) => row[x], y: (row) => row[y], fill: K.categories[K.theme()][0] })] }));
  return null;
};
