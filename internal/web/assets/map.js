"use strict";
// Maps of the features, two beside each other, with one selection.

// K.samples has the classes and the test images of a data set.
K.samples = (study, dataset) => {
  const found = study.samples.find((s) => s.dataset === dataset) || { classes: [] };
  return { images: new Map((found.images || []).map((s) => [s.index, s.image])), word: (c) => found.classes[c] ?? (c < 0 ? "no class" : "class " + c) };
};

// K.howToSee says how to get what needs networks and images.
K.howToSee = (study, what) => [
  K.el("p", { class: "about" }, `${what} need the checkpoints of the runs and their images: `, K.el("code", {}, `kontrast report ${K.shell(study.name)} --images`), " writes a file with them."),
  (study.unseen || []).length ? K.el("details", {}, K.el("summary", {}, `Runs that could not be opened (${study.unseen.length})`), K.el("ul", {}, study.unseen.map((why) => K.el("li", {}, why)))) : null];

// K.shell quotes a word for a shell, where it needs that.
K.shell = (word) => (/^[\w./-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'");

K.mapKinds = { tsne: "t-SNE", pca: "PCA" };

K.mapSection = (choice) => {
  const { study } = choice;
  const every = (study.maps || []).map((m) => ({ ...m, run: study.runs.find((r) => r.id === m.run) })).filter((m) => m.run && choice.rows.some((r) => r.index === m.run.setting));
  if (!every.length) return K.section("map", "Maps of the features", "", ...K.howToSee(study, "Maps of the features"));
  const kinds = [...new Set(every.map((m) => m.method))], kind = kinds.includes(K.state.get("map")) ? K.state.get("map") : kinds[0];
  const maps = every.filter((m) => m.method === kind);
  const label = (m) => study.settings[m.run.setting].label;
  const pick = (key, at) => maps.find((m) => label(m) === K.state.get(key)) || maps[Math.min(at, maps.length - 1)];
  const pair = [pick("left", 0), pick("right", 1)];
  const { images, word } = K.samples(study, choice.dataset);
  const about = "Drag over points, or choose a class, to find the same images in both maps.";
  const chosen = K.el("p", { id: "map-selection", "aria-live": "polite" }, about), shown = K.el("ul", { class: "images small" });
  const drawings = new Map();
  const labels = new Map(pair.flatMap((m) => m.samples.map((s, i) => [s, m.labels[i]])));
  const mark = (selected) => {
    for (const svg of drawings.values()) d3.select(svg).selectAll("circle").attr("opacity", (d) => (!selected || selected.has(d.sample) ? 1 : 0.08));
    const counts = d3.rollups([...(selected || [])], (v) => v.length, (s) => labels.get(s)).sort((x, y) => y[1] - x[1]);
    chosen.textContent = selected ? `${selected.size} images: ` + counts.slice(0, 6).map(([c, n]) => `${K.visible(word(c))} ${n}`).join(", ") : about;
    shown.replaceChildren(...[...(selected || [])].filter((s) => images.has(s)).slice(0, 24).map((s) => K.el("li", {}, K.el("img", { src: images.get(s), alt: `test image ${s}: ${K.visible(word(labels.get(s)))}`, width: 40, height: 40 }))));
  };
  const color = (c) => K.categories[K.theme()][Math.max(0, c) % 8];
  const draw = (m, side) => K.figure("Map of the features of " + label(m), (width) => {
    const size = Math.min(width, 460), pad = 10;
    const points = m.points.map(([x, y], i) => ({ x, y, sample: m.samples[i], label: m.labels[i] }));
    const x = d3.scaleLinear([0, 1000], [pad, size - pad]), y = d3.scaleLinear([0, 1000], [size - pad, pad]);
    const svg = d3.create("svg").attr("width", size).attr("height", size).attr("viewBox", `0 0 ${size} ${size}`).attr("class", "map");
    svg.append("g").selectAll("circle").data(points).join("circle").attr("cx", (p) => x(p.x)).attr("cy", (p) => y(p.y)).attr("r", 2.8).attr("fill", (p) => color(p.label)).append("title").text((p) => `test image ${p.sample}: ${K.visible(word(p.label))}`);
    const inside = ([[left, top], [right, bottom]]) => new Set(points.filter((p) => x(p.x) >= left && x(p.x) <= right && y(p.y) >= top && y(p.y) <= bottom).map((p) => p.sample));
    svg.append("g").attr("class", "brush").call(d3.brush().extent([[0, 0], [size, size]]).on("brush end", ({ selection }) => mark(selection && inside(selection))));
    drawings.set(side, svg.node());
    return svg.node();
  });
  const options = maps.map((m) => [label(m), label(m)]);
  const used = [...new Set(pair[0].labels)].sort((p, q) => p - q).slice(0, 40);
  return K.section("map", "Maps of the features", `${pair[0].points.length} test images by their features. A map keeps neighbors near (t-SNE) or shows the directions of the largest variance (PCA); distances between groups mean little.`,
    K.el("form", { class: "controls", onsubmit: (e) => e.preventDefault() }, K.select("Map", "map", kinds.map((k) => [K.mapKinds[k] || k, k]), kind), K.select("Left", "left", options, label(pair[0])), K.select("Right", "right", options, label(pair[1])),
      K.el("label", { for: "choose-class" }, "Class", K.el("select", { id: "choose-class", onchange: (e) => mark(e.target.value === "" ? null : new Set(pair.flatMap((m) => m.samples.filter((s, i) => m.labels[i] === Number(e.target.value))))) },
        K.el("option", { value: "" }, "all"), used.map((c) => K.el("option", { value: c }, word(c)))))),
    K.el("p", { class: "legend" }, used.slice(0, 16).map((c) => K.el("span", {}, K.swatch(color(c)), " ", K.name(word(c)), " "))),
    K.el("div", { class: "pair" }, [0, 1].slice(0, maps.length).map((side) => K.el("div", {}, K.el("h3", {}, K.name(label(pair[side]))), draw(pair[side], side), K.el("p", { class: "about" }, pair[side].note + ".")))), chosen, shown);
};

// K.swatch is a dot of a color; styles in attributes are not allowed by the page's policy.
K.swatch = (color) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [key, value] of Object.entries({ width: 10, height: 10, viewBox: "0 0 10 10", "aria-hidden": "true" })) svg.setAttribute(key, value);
  for (const [key, value] of Object.entries({ cx: 5, cy: 5, r: 4.5, fill: color })) dot.setAttribute(key, value);
  svg.append(dot);
  return svg;
};
