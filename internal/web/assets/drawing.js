"use strict";
// Figures of networks, which the server draws on request: that takes seconds.

// K.drawing offers a figure of a kind of runs, {id, name}.
K.drawing = (kind, title, runs) => {
  const place = K.el("div", { "aria-live": "polite" }), tools = K.el("div", { class: "tools" });
  const command = `kontrast plot ${kind} ${runs.map((r) => K.shell(r.name)).join(" ")}`;
  const draw = async () => {
    button.disabled = true;
    place.replaceChildren(K.el("p", { class: "about" }, "Drawing…"));
    try {
      const { svg } = await K.get(`/api/draw/${kind}?` + new URLSearchParams([["theme", K.theme()], ...runs.map((r) => ["run", r.id])]));
      place.replaceChildren(K.el("img", { class: "drawing", alt: `${title} of ${runs.map((r) => K.visible(r.name)).join(" and ")}`, src: "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg) }));
      tools.replaceChildren(K.el("button", { type: "button", onclick: () => K.copy(svg, "SVG") }, "Copy SVG"));
    } catch (problem) {
      place.replaceChildren(K.el("p", { class: "problem" }, String(problem.message || problem)));
    }
    button.disabled = false;
  };
  const button = K.el("button", { type: "button", "data-draw": kind, onclick: draw }, "Draw");
  return K.el("div", { class: "drawn" }, K.el("h3", {}, title), K.el("p", { class: "about" }, K.el("code", {}, command), " "), button, place, tools);
};

K.drawings = (runs, tokens) => K.section("networks", "Figures of the networks", "They need the checkpoints of the runs and their images, and take seconds.", K.el("div", { class: "pair" },
  K.drawing("embedding", "Map of the features", runs),
  runs.length === 2 && K.drawing("neighbors", "Nearest test images, where the two disagree", runs),
  runs.length === 1 && tokens && [K.drawing("attention", "What the class token attends to", runs), K.drawing("positions", "Similarity of the position embeddings", runs)]));
