"use strict";
// What the reader chooses, and what that selects of the study.

// K.choose works out the selection: settings with their scores by seed.
K.choose = (study) => {
  const state = K.state;
  const scored = [...new Set(study.scores.map((s) => s.metric))];
  const metric = scored.includes(state.get("metric")) ? state.get("metric") : scored.includes("top1") ? "top1" : scored[0];
  const usable = study.protocols.filter((p, i) => study.scores.some((s) => s.protocol === i && s.metric === metric));
  const protocol = usable.find((p) => p.label === state.get("protocol")) || ["linear", "knn"].map((kind) => usable.find((p) => p.kind === kind)).find(Boolean) || usable[0];
  if (!protocol) return null;
  const at = study.protocols.indexOf(protocol);
  const pool = study.scores.filter((s) => s.protocol === at && s.metric === metric);
  const among = (key) => [...new Set(pool.map((s) => study.settings[s.setting][key]))].sort();
  const one = (key, known) => (known.includes(state.get(key)) ? state.get(key) : known[0]);
  const datasets = among("dataset"), dataset = one("dataset", datasets);
  const backbones = among("backbone"), backbone = one("backbone", backbones);
  const seeds = [...new Set(study.runs.map((r) => r.seed))].sort((a, b) => a - b);
  const off = state.list("off").map(Number).filter((seed) => seeds.includes(seed));
  const measure = study.measures[metric] || { better: "higher", unit: "", description: "" };
  const runs = new Map(study.runs.map((r) => [r.id, r]));
  const rows = [];
  study.settings.forEach((setting, i) => {
    if (setting.backbone !== backbone || setting.dataset !== dataset) return;
    const all = new Map(pool.filter((s) => s.setting === i && !off.includes(s.seed)).map((s) => [s.seed, s]));
    if (all.size) rows.push({ setting, index: i, label: setting.label, method: setting.method, seeds: all, runs: [...all.values()].map((s) => runs.get(s.run)), ...K.summary([...all.values()].map((s) => s.value), study.t) });
  });
  const sign = measure.better === "lower" ? -1 : 1;
  rows.sort((a, b) => sign * (b.mean - a.mean) || a.label.localeCompare(b.label));
  const labels = rows.map((r) => r.label);
  const baseline = rows.find((r) => r.label === state.get("baseline")) || rows.find((r) => r.method === "untrained") || rows[rows.length - 1];
  const hidden = state.list("hide");
  const shown = rows.filter((r) => !hidden.includes(r.label) || r === baseline);
  const scale = measure.unit === "fraction" ? 100 : 1;
  const axis = K.visible(metric) + K.unit(measure);
  return { study, metric, measure, protocol, dataset, backbone, seeds, off, rows: shown, all: rows, labels, baseline, hidden, sign, scale, axis, scored, usable, datasets, backbones,
    judged: K.judgments(study, at, metric) };
};

K.select = (label, key, options, value) => {
  if (options.length < 2) return null;
  const id = "choose-" + key;
  return K.el("label", { for: id }, label, K.el("select", { id, onchange: (e) => K.state.set({ [key]: e.target.value }) },
    options.map(([text, of]) => K.el("option", { value: of, selected: of === value }, text))));
};

K.toggles = (label, key, options, off) => K.el("fieldset", {}, K.el("legend", {}, label), options.map((option) => K.el("label", { class: "toggle" },
  K.el("input", { type: "checkbox", name: key, value: option, checked: !off.includes(option), onchange: (e) => {
    const now = new Set(K.state.list(key));
    if (e.target.checked) now.delete(String(option)); else now.add(String(option));
    K.state.set({ [key]: [...now] });
  } }), K.name(option))));

K.kindTitle = (protocols, p) => {
  const same = protocols.filter((q) => q.kind === p.kind).length > 1;
  return same ? p.label : p.kind;
};

K.controls = (choice) => K.el("form", { class: "controls", "aria-label": "what is compared", onsubmit: (e) => e.preventDefault() },
  K.select("Evaluation", "protocol", choice.usable.map((p) => [K.kindTitle(choice.usable, p), p.label]), choice.protocol.label),
  K.select("Metric", "metric", choice.scored.map((m) => [m, m]), choice.metric),
  K.select("Data set", "dataset", choice.datasets.map((d) => [d, d]), choice.dataset),
  K.select("Backbone", "backbone", choice.backbones.map((b) => [b, b]), choice.backbone),
  K.select("Baseline", "baseline", choice.all.map((r) => [r.label, r.label]), choice.baseline.label),
  K.el("details", {}, K.el("summary", {}, `Methods (${choice.rows.length} of ${choice.all.length})`), K.toggles("Methods shown", "hide", choice.labels, choice.hidden)),
  K.el("details", {}, K.el("summary", {}, `Seeds (${choice.seeds.length - choice.off.length} of ${choice.seeds.length})`), K.toggles("Seeds counted", "off", choice.seeds, choice.off)),
  K.el("button", { type: "button", id: "theme", onclick: () => { K.state.set({ theme: K.theme() === "dark" ? "light" : "dark" }); } }, "Light or dark"));
