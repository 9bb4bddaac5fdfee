"use strict";
// What there is: studies, and the newest runs with state, progress and time left.

K.overviewPage = (root) => {
  const sweeps = K.sweepsSection();
  const draw = async () => {
    const data = await K.get("/api/overview");
    const counts = { finished: "sum(state = 'finished') AS finished, count(*) AS runs", running: "sum(state IN ('running', 'lost')) AS running", methods: "count(DISTINCT method) AS methods" };
    const of = (study, what, text, values) => ({ text, values, sql: `SELECT ${counts[what]} FROM run_overview\nWHERE study = ${K.sql.quote(study)}` });
    const one = (run, column, text, value) => ({ text, values: { [column]: value }, sql: `SELECT ${column} FROM run_overview\nWHERE run = ${run}` });
    const measured = (study, what, values, text) => ({ text, values, sql: `SELECT count(DISTINCT ${what}) AS ${what}s FROM transfer_table\nWHERE study = ${K.sql.quote(study)}` });
    const studies = data.studies.map(([study, runs, finished, running, newest, methods, datasets, models]) => [K.studyLink(study), ...(models !== null
      ? ["", measured(study, "model", { models }, `${models} network${models === 1 ? "" : "s"}, transferred`), "", measured(study, "method", { methods }, String(methods))]
      : [K.tick("studies", study, study), of(study, "finished", `${finished} of ${runs}`, { finished, runs }), running ? of(study, "running", String(running), { running }) : "", of(study, "methods", String(methods), { methods })]), datasets, newest.replace("T", " ").slice(0, 16)]);
    const runs = data.runs.map(([run, name, study, method, backbone, dataset, seed, state, step, steps, started, seconds, alarms, error]) => [
      K.runLink(run, name), K.tick("runs", run, name), study ? K.studyLink(study) : "", backbone, dataset, one(run, "seed", String(seed), seed), K.el("span", { class: "state " + state }, state),
      state === "running" ? [K.bar(step, steps), " ", K.left(seconds, step, steps)] : one(run, "step", `${step} steps`, step), state === "running" ? K.duration(seconds) : one(run, "seconds", K.duration(seconds), seconds), alarms ? one(run, "alarms", String(alarms), alarms) : "", error ? String(error).slice(0, 80) : ""]);
    root.replaceChildren(K.el("h1", {}, "Studies and runs"), K.el("p", { class: "about" }, "In ", K.name(data.database), "; the page follows what other processes write."),
      K.el("section", { id: "studies" }, K.el("h2", {}, "Studies"), studies.length > 1 && K.el("div", { class: "tools" }, K.compareButton("studies")), studies.length ? K.table("Studies", [{ title: "study" }, { title: "compare" }, { title: "runs finished" }, { title: "running", number: true }, { title: "methods", number: true }, { title: "data sets" }, { title: "newest run" }], studies, { class: "stack" }) : K.el("p", {}, "There are none yet; kontrast compare makes one.")),
      sweeps,
      K.el("section", { id: "runs" }, K.el("h2", {}, "Newest runs"), runs.length > 1 && K.el("div", { class: "tools" }, K.compareButton("runs")), runs.length ? K.table("Newest runs", [{ title: "run" }, { title: "compare" }, { title: "study" }, { title: "backbone" }, { title: "data set" }, { title: "seed", number: true }, { title: "state" }, { title: "progress" }, { title: "time", number: true }, { title: "alarms", number: true }, { title: "error" }], runs) : K.el("p", {}, "There are none yet; kontrast run makes one.")));
  };
  K.follow(draw);
  return draw();
};
