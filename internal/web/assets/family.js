"use strict";
// The family of the methods: what each took from which.

K.familySection = (choice) => {
  const { study } = choice;
  const used = new Set(study.settings.map((s) => s.method));
  const rows = study.family.filter((m) => used.has(m.name) || study.family.some((o) => used.has(o.name) && o.from.includes(m.name)));
  if (!rows.length) return null;
  return K.section("family", "Family of the methods", "What a method took from which, and what it changed. A solid line comes from the method that it is nearest to, dashed lines from others.",
    K.familyFigure(rows),
    K.table("Family", [{ title: "method" }, { title: "from" }, { title: "what it changed" }, { title: "paper" }], rows.map((m) => [K.name(m.name), m.from.join(", "), m.change || m.title, m.paper]), { class: "stack" }));
};

// K.arranged puts methods below the nearest one that they build on, in a layer
// to the right of all that they build on. Circles count for nothing.
K.arranged = (members) => {
  const names = new Set(members.map((m) => m.name)), from = new Map(members.map((m) => [m.name, m.from.filter((f) => names.has(f) && f !== m.name)]));
  const rows = [], placed = new Set();
  const place = (m) => {
    if (placed.has(m.name)) return;
    placed.add(m.name);
    rows.push({ ...m, from: from.get(m.name), layer: 0 });
    for (const child of members) if (from.get(child.name)[0] === m.name) place(child);
  };
  for (const m of members) if (!from.get(m.name).length) place(m);
  for (const m of members) place(m);
  const row = new Map(rows.map((r) => [r.name, r]));
  for (let i = 0; i < rows.length; i++) for (const r of rows) for (const f of r.from) r.layer = Math.max(r.layer, Math.min(row.get(f).layer + 1, rows.length));
  return { rows, row };
};

K.familyFigure = (members) => K.figure("Which method builds on which; the table below says it in words", (width) => {
  const { rows, row } = K.arranged(members), step = 26, layer = width < 600 ? 13 : 24;
  const left = 16 + layer * (1 + Math.max(...rows.map((r) => r.layer))), wide = 10 + 7.5 * Math.max(...rows.map((r) => K.visible(r.name).length));
  const x = (r) => 12 + layer * r.layer, y = (r) => 16 + step * rows.indexOf(r);
  const color = (r) => (r.style || {})[K.theme()] || "var(--faint)";
  const svg = d3.create("svg").attr("width", width).attr("height", 12 + step * rows.length).attr("viewBox", `0 0 ${width} ${12 + step * rows.length}`);
  const lines = svg.append("g").attr("fill", "none");
  for (const r of rows) {
    lines.append("path").attr("stroke", "var(--rule)").attr("d", `M${x(r)},${y(r)}H${left - 6}`);
    r.from.forEach((name, i) => {
      const f = row.get(name), whole = i === 0 && y(f) < y(r), bend = (x(r) - x(f)) * 0.8;
      lines.append("path").attr("stroke", color(f)).attr("stroke-width", whole ? 1.6 : 1).attr("stroke-dasharray", whole ? null : "4 3").attr("d", whole ? `M${x(f)},${y(f)}V${y(r) - 8}Q${x(f)},${y(r)} ${x(f) + 8},${y(r)}H${x(r)}` : `M${x(f)},${y(f)}C${x(f) + bend},${y(f)} ${x(r) - bend},${y(r)} ${x(r)},${y(r)}`);
    });
  }
  const shapes = [d3.symbolCircle, d3.symbolTriangle, d3.symbolSquare, d3.symbolDiamond, d3.symbolStar];
  for (const r of rows) {
    svg.append("circle").attr("cx", x(r)).attr("cy", y(r)).attr("r", 7).attr("fill", "var(--paper)");
    svg.append("path").attr("transform", `translate(${x(r)},${y(r)})`).attr("fill", color(r)).attr("d", d3.symbol(shapes[(r.style || { shape: 0 }).shape], 72)());
    const text = (at, what, size, fill) => svg.append("text").attr("x", at).attr("y", y(r)).attr("dy", "0.35em").attr("font-size", size).attr("fill", fill).text(what);
    text(left, K.visible(r.name), 12, "var(--text)").attr("font-weight", 600);
    text(left + wide, (r.paper.match(/\b(?:19|20)\d\d\b/) || [""])[0], 11, "var(--faint)");
    const room = Math.floor((width - left - wide - 36) / 5.9), words = K.visible(r.change || r.title);
    if (room > 40) text(left + wide + 36, words.length > room ? words.slice(0, room - 1) + "…" : words, 11, "var(--text)");
  }
  return svg.node();
});
