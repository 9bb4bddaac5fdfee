"use strict";
// Where two methods disagree: counts, and images of the test split.

K.firstCode = 0xa1;
K.classes = (text) => Array.from(text, (c) => c.codePointAt(0) - K.firstCode);

K.disagreeSection = (choice, source) => {
  const { study, rows } = choice;
  const withRuns = rows.filter((r) => r.runs.length);
  if (withRuns.length < 2) return null;
  const pick = (key, other) => withRuns.find((r) => r.label === K.state.get(key)) || withRuns.find((r) => r !== other);
  const a = pick("first"), b = pick("second", a);
  const seed = [...a.seeds.keys()].find((s) => b.seeds.has(s));
  const place = K.el("div", {}, K.el("p", { class: "about" }, "Loading…"));
  const runA = seed === undefined ? a.runs[0] : study.runs.find((r) => r.id === a.seeds.get(seed).run), runB = seed === undefined ? b.runs[0] : study.runs.find((r) => r.id === b.seeds.get(seed).run);
  Promise.resolve(source.guesses(choice, runA.id, runB.id)).then((both) => place.replaceChildren(...K.disagreement(choice, a, b, runA, runB, both)),
    (problem) => place.replaceChildren(K.el("p", { class: "problem" }, String(problem.message || problem))));
  const options = withRuns.map((r) => [r.label, r.label]);
  return K.section("disagree", "Where two methods disagree", "The same test images, by the evaluation chosen above" + (seed === undefined ? "." : `, of the runs with seed ${seed}.`),
    K.el("form", { class: "controls", onsubmit: (e) => e.preventDefault() }, K.select("First method", "first", options, a.label), K.select("Second method", "second", options, b.label)), place);
};

K.disagreement = (choice, a, b, runA, runB, both) => {
  if (!both) return [K.el("p", {}, "This evaluation stored no guesses of these two runs; linear, knn and zero-shot do.")];
  const { labels, first, second } = both, n = labels.length;
  const groups = { both: [], first: [], second: [], neither: [] };
  for (let i = 0; i < n; i++) groups[first[i] === labels[i] ? (second[i] === labels[i] ? "both" : "first") : second[i] === labels[i] ? "second" : "neither"].push(i);
  const values = Object.fromEntries(Object.entries(groups).map(([key, list]) => [key, list.length]));
  const sql = K.sql.agreement(choice, runA.id, runB.id, n);
  const cell = (key) => ({ text: `${values[key]}`, sql, values: { [key]: values[key] } });
  const parts = [K.el("p", {}, K.number(String(n), sql, { samples: n }), " test images:"), K.table("Guesses", [{ title: "guesses" }, { title: [K.name(b.label), " is right"], number: true }, { title: [K.name(b.label), " is wrong"], number: true }],
    [[[K.name(a.label), " is right"], cell("both"), cell("first")], [[K.name(a.label), " is wrong"], cell("second"), cell("neither")]].map(([head, ...cells]) => [K.el("span", {}, head), ...cells]))];
  const { images, word } = K.samples(choice.study, choice.dataset);
  const row = (key, title) => {
    const list = groups[key].filter((i) => images.has(i)).slice(0, 12);
    if (!list.length) return null;
    return [K.el("h3", {}, title), K.el("ul", { class: "images" }, list.map((i) => K.el("li", {}, K.el("img", { src: images.get(i), alt: `test image ${i}: ${K.visible(word(labels[i]))}`, width: 64, height: 64 }),
      K.el("span", {}, K.name(word(labels[i])), K.el("br"), K.el("small", {}, `${a.label}: ${word(first[i])}`, K.el("br"), `${b.label}: ${word(second[i])}`)))))];
  };
  const shown = [row("first", [K.name(a.label), " is right, ", K.name(b.label), " is wrong"]), row("second", [K.name(b.label), " is right, ", K.name(a.label), " is wrong"])].filter(Boolean);
  if (shown.length) parts.push(...shown.flat());
  else if (images.size) parts.push(K.el("p", { class: "about" }, "None of the images that the two disagree on is in this file."));
  else parts.push(...K.howToSee(choice.study, "The images"));
  return parts.filter(Boolean);
};
