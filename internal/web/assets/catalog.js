"use strict";
// Methods, backbones and data sets with their documentation.

K.catalogPage = async (root) => {
  const data = await K.get("/api/catalog");
  const one = (d) => K.el("details", {}, K.el("summary", {}, K.name(d.name), ": ", d.doc), d.paper ? K.el("p", { class: "about" }, d.paper) : "",
    d.hooks ? K.el("dl", {}, d.hooks.map(([hook, what]) => [K.el("dt", {}, hook), K.el("dd", {}, what)])) : "",
    (d.parameters || []).length ? K.table("Settings of " + d.name, [{ title: "setting" }, { title: "type" }, { title: "range" }, { title: "default" }, { title: "meaning" }], d.parameters.map((p) => [K.el("code", {}, p.path), p.type, p.range || (p.oneof || []).join(" | "), p.default || "", p.doc + (p.source ? " (" + p.source + ")" : "")]), { class: "stack" }) : "");
  root.replaceChildren(K.el("h1", {}, "Methods, backbones, data sets"), K.section("family", "Family", "What a method took from which. A solid line comes from the method that it is nearest to, dashed lines from others.", K.familyFigure(data.family)), ...[["methods", "Methods"], ["backbones", "Backbones"], ["datasets", "Data sets"]].map(([key, title]) => K.section(key, title, "", ...(data[key] || []).map(one))));
};
