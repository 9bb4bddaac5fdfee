"use strict";
// Maps of the features, two beside each other, with one selection.

K.mapSection = (choice) => {
  const { study } = choice;
  const maps = (study.maps || []).map((m) => ({ ...m, run: study.runs.find((r) => r.id === m.run) })).filter((m) => m.run && choice.rows.some((r) => r.index === m.run.setting));
  if (!maps.length) {
    return K.section("map", "Maps of the features", "", K.el("p", {}, (study.mapNote || "This file has no maps of features.")));
  }
  const label = (m) => study.settings[m.run.setting].label;
  const pick = (key, at) => maps.find((m) => label(m) === K.state.get(key)) || maps[Math.min(at, maps.length - 1)];
  const pair = [pick("left", 0), pick("right", 1)];
  const classes = (study.samples || {}).classes || [];
  const chosen = K.el("p", { id: "map-selection", "aria-live": "polite" }, "Drag over points to find them in the other map.");
  const drawings = [];
  const mark = (selected) => {
    for (const svg of drawings) d3.select(svg).selectAll("circle").attr("opacity", (d) => (!selected || selected.has(d.sample) ? 1 : 0.08));
    const counts = d3.rollups([...(selected || [])], (v) => v.length, (s) => labels.get(s)).sort((x, y) => y[1] - x[1]);
    chosen.textContent = selected ? `${selected.size} samples: ` + counts.slice(0, 6).map(([c, n]) => `${K.visible(classes[c] ?? "class " + c)} ${n}`).join(", ") : "Drag over points to find them in the other map.";
  };
  const labels = new Map(pair[0].samples.map((s, i) => [s, pair[0].labels[i]]));
  const draw = (m) => K.figure("Map of the features of " + label(m), (width) => {
    const size = Math.min(width, 460), pad = 8;
    const points = m.points.map(([x, y], i) => ({ x, y, sample: m.samples[i], label: m.labels[i] }));
    const x = d3.scaleLinear(d3.extent(points, (p) => p.x), [pad, size - pad]), y = d3.scaleLinear(d3.extent(points, (p) => p.y), [size - pad, pad]);
    const svg = d3.create("svg").attr("width", size).attr("height", size).attr("viewBox", `0 0 ${size} ${size}`).attr("class", "map");
    const palette = K.categories[K.theme()];
    svg.append("g").selectAll("circle").data(points).join("circle").attr("cx", (p) => x(p.x)).attr("cy", (p) => y(p.y)).attr("r", 2.6).attr("fill", (p) => palette[Math.max(0, p.label) % palette.length]).append("title").text((p) => `test image ${p.sample}: ${K.visible(classes[p.label] ?? "class " + p.label)}`);
    const brush = d3.brush().extent([[0, 0], [size, size]]).on("brush end", ({ selection }) => mark(selection ? new Set(points.filter((p) => x(p.x) >= selection[0][0] && x(p.x) <= selection[1][0] && y(p.y) >= selection[0][1] && y(p.y) <= selection[1][1]).map((p) => p.sample)) : null));
    svg.append("g").attr("class", "brush").call(brush);
    drawings.push(svg.node());
    return svg.node();
  });
  const options = maps.map((m) => [label(m), label(m)]);
  const used = [...new Set(pair[0].labels)].sort((p, q) => p - q).slice(0, 20);
  return K.section("map", "Maps of the features", `${pair[0].points.length} test images by their features, in the two directions ${pair[0].method === "pca" ? "of the largest variance (PCA)" : "that keep neighbors near (t-SNE)"}, colored by class.`,
    K.el("form", { class: "controls", onsubmit: (e) => e.preventDefault() }, K.select("Left", "left", options, label(pair[0])), K.select("Right", "right", options, label(pair[1])),
      K.el("label", { for: "choose-class" }, "Class", K.el("select", { id: "choose-class", onchange: (e) => mark(e.target.value === "" ? null : new Set(pair[0].samples.filter((s, i) => pair[0].labels[i] === Number(e.target.value)))) }, K.el("option", { value: "" }, "all"), used.map((c) => K.el("option", { value: c }, classes[c] ?? "class " + c))))),
    K.el("div", { class: "pair" }, draw(pair[0]), draw(pair[1])), chosen);
};
