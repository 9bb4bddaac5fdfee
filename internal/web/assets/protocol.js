"use strict";
// How the numbers were made: protocol, settings, versions, hosts, and what went wrong.

K.protocolSection = (choice) => {
  const { study } = choice;
  const common = study.params.filter((p) => p.setting < 0), own = study.params.filter((p) => p.setting >= 0 && !common.some((c) => c.key === p.key));
  const keys = [...new Set(own.map((p) => p.key))];
  const value = (v, run, key) => (v === null ? "none" : typeof v === "number" ? K.number(String(v), K.sql.param(study, run, key), { value: v }) : String(v));
  const first = (index) => Math.min(...study.runs.filter((r) => r.setting === index).map((r) => r.id));
  const differing = choice.all.map((r) => [K.name(r.label), keys.map((key) => own.find((p) => p.setting === r.index && p.key === key)).filter(Boolean).map((p) => K.el("span", { class: "pairing" }, K.el("code", {}, p.key), " ", value(p.value, first(r.index), p.key), "; "))]);
  const group = (of) => d3.rollups(study.runs, (runs) => runs.map((r) => r.id), of).sort((a, b) => b[1].length - a[1].length);
  const software = (r) => Object.entries(r.versions || {}).map(([module, version]) => `${module} ${version}`).sort().join(", ");
  const failed = study.runs.filter((r) => r.state !== "finished");
  return K.section("protocol", "How the numbers were made", "",
    K.el("h3", {}, "Evaluations"), K.el("dl", {}, study.protocols.map((p) => [K.el("dt", {}, p.kind), K.el("dd", {}, p.words, K.el("br"), K.el("code", {}, p.label))])),
    K.el("h3", {}, "Settings that differ"), K.table("Settings that differ", [{ title: "method" }, { title: "settings" }], differing, { class: "stack" }),
    K.el("details", {}, K.el("summary", {}, `Settings that all share (${common.length})`), K.table("Settings that all share", [{ title: "setting" }, { title: "value" }], common.map((p) => [K.el("code", {}, p.key), value(p.value, 0, p.key)]))),
    K.el("h3", {}, "Versions and machines"), K.table("Versions and machines", [{ title: "what" }, { title: "which" }, { title: "runs", number: true }],
      [["machine", (r) => r.host], ["engine", (r) => r.engine], ["commit", (r) => r.commit || "not known"], ["methods from", (r) => r.module], ["software", software]].flatMap(([what, of]) => group(of).map(([which, ids]) => [what, which, { text: String(ids.length), sql: K.sql.of_runs(ids), values: { runs: ids.length } }])), { class: "stack" }),
    K.el("h3", {}, "Alarms and failed runs"),
    study.remarks.length ? K.el("ul", {}, study.remarks.map((remark) => K.el("li", {}, remark))) : K.el("p", {}, "All runs finished, and none raised an alarm."),
    study.alarms.length ? K.table("Alarms", [{ title: "run" }, { title: "step", number: true }, { title: "alarm" }, { title: "what was seen" }], study.alarms.map((a) => [K.name((study.runs.find((r) => r.id === a.run) || {}).name || a.run), { text: String(a.step), sql: `SELECT DISTINCT step FROM alarms\nWHERE run = ${a.run} AND step = ${a.step} AND kind = ${K.sql.quote(a.kind)}`, values: { step: a.step } }, a.kind, a.detail]), { class: "stack" }) : null,
    failed.length ? K.table("Runs that have not finished", [{ title: "run" }, { title: "state" }, { title: "step", number: true }, { title: "error" }], failed.map((r) => [K.name(r.name), r.state, { text: String(r.step), sql: `SELECT step FROM run_overview\nWHERE run = ${r.id}`, values: { step: r.step } }, r.error || ""]), { class: "stack" }) : null);
};
