"use strict";
// SQLite in the report: the tables of the file as the views of the database.

K.sqlInFile = (source) => {
  const { study } = source;
  let database;
  const open = async () => {
    if (!globalThis.DecompressionStream) throw new Error("this browser is too old for the SQL box, which needs DecompressionStream (Chromium 80, Firefox 113, Safari 16.4)");
    const packed = Uint8Array.from(atob(document.getElementById("sqlite").textContent.trim()), (c) => c.charCodeAt(0));
    const binary = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    const SQL = await initSqlJs({ wasmBinary: binary, useOldExtensionFunctions: false });
    const db = new SQL.Database();
    const setting = (i) => study.settings[i], runs = new Map(study.runs.map((r) => [r.id, r]));
    const fill = (name, columns, rows) => {
      db.run(`CREATE TABLE ${name} (${columns.join(", ")})`);
      db.run("BEGIN");
      const statement = db.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => "?").join(", ")})`);
      for (const row of rows) statement.run(row.map((v) => (v === undefined ? null : typeof v === "boolean" ? String(v) : v)));
      statement.free();
      db.run("COMMIT");
    };
    const of = (r) => { const s = setting(r.setting); return [r.id, r.name, study.name, s.method, s.backbone, s.dataset]; };
    fill("run_overview", ["run", "name", "study", "method", "backbone", "dataset", "seed", "state", "step", "steps", "started", "seconds", "alarms", "error"],
      study.runs.map((r) => [...of(r), r.seed, r.state, r.step, r.steps, r.started, r.seconds, study.alarms.filter((a) => a.run === r.id).length, r.error ?? null]));
    fill("run_scores", ["run", "name", "study", "method", "backbone", "dataset", "config_hash", "seed", "kind", "protocol", "metric", "better", "step", "value"],
      study.scores.map((s) => [...of(runs.get(s.run)), setting(s.setting).hash, s.seed, study.protocols[s.protocol].kind, study.protocols[s.protocol].label, s.metric, (study.measures[s.metric] || { better: "higher" }).better, s.step, s.value]));
    fill("run_params", ["run", "name", "study", "method", "backbone", "dataset", "seed", "key", "value"],
      study.runs.flatMap((r) => [...new Map(study.params.filter((p) => p.setting < 0 || p.setting === r.setting).map((p) => [p.key, p.value]))].map(([key, value]) => [...of(r), r.seed, key, value])));
    fill("learning_curves", ["run", "name", "study", "method", "backbone", "dataset", "seed", "config_hash", "metric", "step", "value"],
      Object.entries(study.curves || {}).flatMap(([metric, curves]) => curves.flatMap((c) => { const r = runs.get(c.run); return c.steps.map((step, i) => [...of(r), r.seed, setting(r.setting).hash, metric, step, c.values[i]]); })));
    fill("t_quantiles", ["df", "t"], study.t.map((t, i) => [i + 1, t]));
    fill("measures", ["metric", "better", "unit", "description"], Object.entries(study.measures).map(([m, x]) => [m, x.better, x.unit, x.description]));
    fill("protocols", ["id", "label", "kind"], study.protocols.map((p, i) => [i, p.label, p.kind]));
    let labels = [];
    fill("predictions", ["run", "protocol", "sample", "label", "predicted"], (study.guesses || []).flatMap((g) => { if (g.labels) labels = K.classes(g.labels); return K.classes(g.said).map((p, i) => [g.run, g.protocol, i, labels[i], p]); }));
    db.run(study.definitions.join(";\n"));
    db.run("PRAGMA query_only = 1");
    return db;
  };
  source.ask = async (statement) => {
    database ??= open();
    const results = (await database).exec(statement);
    if (!results.length) return { columns: [], rows: [], note: "no rows" };
    return { columns: results.at(-1).columns, rows: results.at(-1).values.slice(0, 2000), note: results.at(-1).values.length > 2000 ? "cut after 2000 rows" : "" };
  };
  source.aboutQuery = "SQLite runs in this page over the tables of this file; curves are thinned, guesses are those of the first samples. The same statements work on the database, by kontrast sql.";
};
