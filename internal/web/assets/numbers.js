"use strict";
// Statistics over seeds: the same formulas as the view seed_summary.

K.mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

// K.summary has the mean and half of the 95 % interval by Student's t; null for one value.
K.summary = (values, t) => {
  const n = values.length, mean = n ? K.mean(values) : null;
  if (n < 2) return { n, mean, std: null, half: null };
  const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
  return { n, mean, std, half: t[Math.min(n - 1, t.length) - 1] * std / Math.sqrt(n) };
};

// K.paired summarizes the differences over the seeds that both have; null if they share none.
K.paired = (a, b, t) => {
  const shared = [...a.seeds.keys()].filter((seed) => b.seeds.has(seed));
  return shared.length ? K.summary(shared.map((seed) => a.seeds.get(seed).value - b.seeds.get(seed).value), t) : null;
};

// K.decided says whether an interval keeps clear of zero.
K.decided = (s) => Boolean(s) && s.half !== null && Math.abs(s.mean) > s.half;

K.fixed = (value, measure, signed) => {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const percent = measure.unit === "fraction";
  const scaled = percent ? 100 * value : value;
  const text = percent || Math.abs(scaled) >= 0.01 || scaled === 0 ? scaled.toFixed(percent ? 2 : 4) : K.short(scaled);
  return (signed && scaled >= 0 ? "+" : "") + text.replace("-", "−");
};

K.estimate = (s, measure, signed) => K.fixed(s.mean, measure, signed) + (s.half === null ? "" : " ± " + K.fixed(s.half, measure));

K.unit = (measure) => (measure.unit === "fraction" ? " %" : "");

K.duration = (seconds) => {
  if (!(seconds >= 0)) return "–";
  if (seconds < 120) return seconds.toFixed(0) + " s";
  if (seconds < 7200) return (seconds / 60).toFixed(0) + " min";
  return (seconds / 3600).toFixed(1) + " h";
};

K.significant = (value, digits = 4) => {
  if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(digits)));
};

// K.short writes a number in few digits: 0.25, 3e-4, 12k.
K.short = (value) => {
  const size = Math.abs(value);
  if (!value || !Number.isFinite(value)) return String(value);
  if (size < 1e-3 || size >= 1e9) return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  if (size >= 1e4) return d3.format(".3~s")(value);
  return String(Number(value.toPrecision(4)));
};
