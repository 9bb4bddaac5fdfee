"use strict";
// The SQL that gives each number, for kontrast sql and any SQLite shell.

// K.baselines are the names of what trains nothing.
K.baselines = ["untrained", "pixels", "pixels-pca"];

K.sql = {
  quote(value) {
    if (typeof value === "number") return String(value);
    const text = String(value);
    if (text.includes("\u0000")) {
      return "CAST(x'" + [...new TextEncoder().encode(text)].map((b) => b.toString(16).padStart(2, "0")).join("") + "' AS TEXT)";
    }
    return "'" + text.replaceAll("'", "''") + "'";
  },

  conditions(values, prefix = "") {
    return Object.entries(values).map(([column, value]) => prefix + column + " = " + this.quote(value)).join("\n  AND ");
  },

  // of has the conditions of one setting's scores.
  of(choice, setting) {
    return { study: choice.study.name, dataset: setting.dataset, backbone: setting.backbone, method: setting.method,
      config_hash: setting.hash, protocol: choice.protocol.label, metric: choice.metric };
  },

  without(choice, column = "seed") {
    return choice.off.length ? `\n  AND ${column} NOT IN (${choice.off.join(", ")})` : "";
  },

  // interval completes a statement whose table x has the values.
  interval(x) {
    return `WITH x AS (\n${x.replace(/^/gm, "  ")}\n), m AS (SELECT count(*) AS n, avg(value) AS mean FROM x)
SELECT m.mean, t * sqrt(sum((value - m.mean) * (value - m.mean)) / (m.n - 1) / m.n) AS half_width, m.n
FROM x, m LEFT JOIN t_quantiles ON df = min(m.n - 1, 100)
GROUP BY m.mean, t, m.n`;
  },

  summary(choice, setting) {
    const where = this.conditions(this.of(choice, setting));
    if (!choice.off.length) return `SELECT mean, half_width, n FROM seed_summary\nWHERE ${where}`;
    return this.interval(`SELECT value FROM run_scores\nWHERE ${where}${this.without(choice)}`);
  },

  seed(choice, setting, seed) {
    return `SELECT value FROM run_scores\nWHERE ${this.conditions({ ...this.of(choice, setting), seed })}`;
  },

  paired(choice, a, b) {
    const { method, config_hash, ...shared } = this.of(choice, a.setting);
    return this.interval(`SELECT a.value - b.value AS value
FROM run_scores a JOIN run_scores b USING (study, dataset, backbone, protocol, metric, seed)
WHERE ${this.conditions(shared)}
  AND a.method = ${this.quote(method)} AND a.config_hash = ${this.quote(config_hash)}
  AND b.method = ${this.quote(b.setting.method)} AND b.config_hash = ${this.quote(b.setting.hash)}${this.without(choice)}`);
  },

  verdict(choice, row, sign) {
    const a = choice.study.settings[row.first], b = choice.study.settings[row.second];
    const columns = sign > 0 ? "difference, lower, upper, n, p_holm, test" : "-difference AS difference, -upper AS lower, -lower AS upper, n, p_holm, test";
    return `SELECT ${columns} FROM verdicts\nWHERE ${this.conditions({ study: choice.study.name, dataset: a.dataset, backbone: a.backbone, protocol: choice.protocol.label, metric: choice.metric, first: a.method, first_hash: a.hash, second: b.method, second_hash: b.hash })}`;
  },

  runs(ids) { return "(" + ids.join(", ") + ")"; },

  of_runs(ids) { return `SELECT count(*) AS runs FROM run_overview\nWHERE run IN ${this.runs(ids)}`; },

  param(study, run, key) { return run ? `SELECT value FROM run_params\nWHERE run = ${run} AND key = ${this.quote(key)}` : `SELECT DISTINCT value FROM run_params\nWHERE study = ${this.quote(study.name)} AND key = ${this.quote(key)}` + (study.settings.some((s) => !K.baselines.includes(s.method)) ? ` AND method NOT IN (${K.baselines.map((b) => this.quote(b)).join(", ")})` : ""); },

  scores(choice, ids) {
    return `SELECT run, value FROM run_scores\nWHERE run IN ${this.runs(ids)} AND protocol = ${this.quote(choice.protocol.label)} AND metric = ${this.quote(choice.metric)}\nORDER BY run`;
  },

  seconds(ids) { return `SELECT avg(seconds) AS seconds FROM run_overview\nWHERE run IN ${this.runs(ids)}`; },

  images(ids) {
    return `SELECT coalesce(avg(step * value), 0) AS images FROM run_overview JOIN run_params USING (run)
WHERE key = 'train.batch_size' AND run IN ${this.runs(ids)}`;
  },

  agreement(choice, a, b, limit) {
    return `SELECT sum(a.predicted = a.label AND b.predicted = b.label) AS both,
  sum(a.predicted = a.label AND b.predicted <> b.label) AS first,
  sum(a.predicted <> a.label AND b.predicted = b.label) AS second,
  sum(a.predicted <> a.label AND b.predicted <> b.label) AS neither, count(*) AS samples
FROM predictions a JOIN predictions b USING (protocol, sample)
WHERE a.run = ${a} AND b.run = ${b} AND sample < ${limit}
  AND protocol = (SELECT id FROM protocols WHERE label = ${this.quote(choice.protocol.label)})`;
  },
};
