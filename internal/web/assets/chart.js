"use strict";
// Figures by Observable Plot: the same colors and shapes of methods everywhere.

K.color = (study, method) => (study.styles[method] || { light: "#5a636d", dark: "#b3bcc6" })[K.theme()];
K.symbols = ["circle", "triangle", "square", "diamond", "star"];
K.symbol = (study, method) => K.symbols[(study.styles[method] || { shape: 0 }).shape];
K.dashes = [undefined, "7 3", "2.5 2.5", "8 3 2 3", "12 3 2 3 2 3"];
K.dash = (study, method) => K.dashes[(study.styles[method] || { shape: 0 }).shape];

K.categories = { light: ["#0072b2", "#c4500a", "#00805e", "#a8528a", "#a36a00", "#2b86bd", "#7d1f4f", "#6b6b14"], dark: ["#56a8e0", "#ff8a4c", "#2fc79a", "#e39ac4", "#f2b134", "#9bd4f7", "#e8709f", "#cfcf5a"] };

// K.figure holds a chart with what describes it, and copies it as SVG. It
// draws again when its width changes. The data are {sql, rows}: the statement
// that gives what is drawn, and the rows that it gives where none is left out.
K.figure = (label, draw, data) => {
  const place = K.el("div", { class: "chart" });
  const paint = (width) => {
    const chart = draw(Math.max(280, Math.floor(width)));
    if (!chart) { place.replaceChildren(); return; }
    for (const svg of chart.tagName === "svg" ? [chart] : chart.querySelectorAll("svg")) {
      for (const part of svg.querySelectorAll("[aria-label], [aria-description]")) { part.removeAttribute("aria-label"); part.removeAttribute("aria-description"); }
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", K.visible(label));
    }
    place.replaceChildren(chart);
  };
  let width = 0;
  new ResizeObserver((entries) => {
    const now = entries[0].contentRect.width;
    if (now && Math.abs(now - width) > 4) { width = now; paint(width); }
  }).observe(place);
  return K.el("figure", { class: "plot" }, place, K.el("div", { class: "tools" },
    K.el("button", { type: "button", onclick: () => K.copy(K.svg(place.querySelector("svg")), "SVG") }, "Copy SVG"),
    data && K.el("button", { type: "button", title: data.sql, "data-figure-sql": data.sql, "data-rows": data.rows && JSON.stringify(data.rows), onclick: () => K.show("SQL of this figure", data.sql, "For kontrast sql, sqlite3, DuckDB or Datasette.") }, "SQL")));
};

// K.svg is a drawing as a file of its own.
K.svg = (svg) => {
  if (!svg) return "";
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("font-family", "Arial, Helvetica, sans-serif");
  copy.setAttribute("color", K.theme() === "dark" ? "#e6e9ed" : "#1b1f24");
  const style = getComputedStyle(document.documentElement);
  return new XMLSerializer().serializeToString(copy).replace(/var\((--[a-z]+)\)/g, (whole, name) => style.getPropertyValue(name).trim() || whole);
};

// K.plot is Plot.plot in the page's style.
K.plot = (options) => Plot.plot({ className: "figure", ...options });

// K.reach is the range of an axis for estimates: intervals that are more than
// three times as wide as what is drawn are cut, as two seeds can make them.
K.reach = (rows, values, zero) => {
  let low = Math.min(...values, ...(zero ? [0] : [])), high = Math.max(...values, ...(zero ? [0] : []));
  const width = Math.max(high - low, 1e-6), least = low - width, most = high + width;
  for (const r of rows) {
    if (r.half === null) continue;
    low = Math.min(low, Math.max(least, r.mean - r.half));
    high = Math.max(high, Math.min(most, r.mean + r.half));
  }
  const margin = 0.03 * (high - low);
  return [low - margin, high + margin];
};

// K.intervals draws estimates below each other.
K.intervals = (study, rows, width, { axis, zero, scale }) => {
  const shown = rows.map((r) => ({ ...r, mean: r.mean * scale, half: r.half === null ? null : r.half * scale, dots: (r.dots || []).map((d) => ({ ...d, value: d.value * scale, label: r.label, method: r.method })) }));
  const dots = shown.flatMap((r) => r.dots);
  const domain = K.reach(shown, [...shown.map((r) => r.mean), ...dots.map((d) => d.value)], zero);
  const clamp = (x) => Math.min(domain[1], Math.max(domain[0], x));
  const bars = shown.filter((r) => r.half !== null);
  const left = Math.min(220, 16 + 7 * Math.max(...shown.map((r) => K.visible(r.label).length)));
  const color = (r) => K.color(study, r.method);
  return K.plot({
    width, height: 52 + 24 * shown.length, marginLeft: Math.min(left, width * 0.4), marginRight: 20, marginBottom: 40,
    x: { domain, label: axis, grid: true }, y: { domain: shown.map((r) => r.label), label: null, tickFormat: K.visible },
    marks: [
      zero && Plot.ruleX([0]),
      Plot.link(bars, { y1: "label", y2: "label", x1: (r) => clamp(r.mean - r.half), x2: (r) => clamp(r.mean + r.half), stroke: color, strokeWidth: 2 }),
      ...[-1, 1].map((side) => Plot.text(bars.filter((r) => clamp(r.mean + side * r.half) !== r.mean + side * r.half), { y: "label", x: (r) => clamp(r.mean + side * r.half), text: () => (side < 0 ? "◀" : "▶"), fill: color, fontSize: 9 })),
      Plot.dot(dots, { x: "value", y: "label", r: 2.5, dy: 7, fill: color, fillOpacity: 0.6, tip: true, title: (d) => K.visible(`${d.run}, seed ${d.seed}: ${K.significant(d.value, 6)}`) }),
      Plot.dot(shown, { x: "mean", y: "label", r: 5, fill: (r) => (r.hollow ? "var(--paper)" : color(r)), stroke: color, strokeWidth: 1.5, tip: true, title: (r) => K.visible(`${r.label}: ${K.significant(r.mean, 6)}` + (r.half === null ? "" : ` ± ${K.significant(r.half, 4)}`)) }),
    ].filter(Boolean),
  });
};
