"use strict";
// Two methods compared: by the verdicts of the statistics (view verdicts) where
// all seeds count, else by Student's paired interval over the seeds that do.

K.judge = (choice, a, b) => {
  const found = choice.off.length ? undefined : choice.judged.get(a.index + " " + b.index);
  if (found && found.mean !== null) {
    const { row, sign } = found, turn = (x) => (x === null ? null : sign * x);
    const [lower, upper] = sign > 0 ? [row.lower, row.upper] : [turn(row.upper), turn(row.lower)];
    const verdict = sign > 0 ? row.verdict : { better: "worse", worse: "better" }[row.verdict] || row.verdict;
    return { mean: turn(row.mean), half: lower === null ? null : (upper - lower) / 2, lower, upper, n: row.n, mark: { better: "won", worse: "lost" }[verdict] || "open", verdict, holm: row.holm, test: row.test, needed: row.needed, margin: row.margin,
      sql: K.sql.verdict(choice, row, sign), values: { difference: turn(row.mean), lower, upper, n: row.n } };
  }
  const d = K.paired(a, b, choice.study.t);
  return d && { ...d, lower: d.half === null ? null : d.mean - d.half, upper: d.half === null ? null : d.mean + d.half, mark: K.mark(d, choice.sign), sql: K.sql.paired(choice, a, b), values: { mean: d.mean, half_width: d.half, n: d.n } };
};

// K.judgments finds the verdicts of the selection by the indices of both settings.
K.judgments = (study, at, metric) => {
  const found = new Map();
  for (const row of study.verdicts) {
    if (row.protocol !== at || row.metric !== metric) continue;
    found.set(row.first + " " + row.second, { row, sign: 1, mean: row.mean });
    found.set(row.second + " " + row.first, { row, sign: -1, mean: row.mean });
  }
  return found;
};

// K.by says what the marks of the comparisons stand on.
K.by = (choice) => (choice.judged.size && !choice.off.length
  ? "Beyond chance means at the 5 % level for new seeds and new test images, after Holm's correction for all pairs of the table (kontrast verdict)."
  : "Beyond chance means that the 95 % interval of the difference over the shared seeds (paired, Student's t) does not reach zero. It is not corrected for the number of comparisons" + (choice.off.length ? "." : "; kontrast verdict " + choice.study.name + " does that."));
