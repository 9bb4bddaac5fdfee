"use strict";
// The family of the methods: what each took from which.

K.familySection = (choice) => {
  const { study } = choice;
  const used = new Set(study.settings.map((s) => s.method));
  const rows = study.family.filter((m) => used.has(m.name) || study.family.some((o) => used.has(o.name) && o.from.includes(m.name)));
  if (!rows.length) return null;
  return K.section("family", "Family of the methods", "What a method took from which, and what it changed.",
    K.table("Family", [{ title: "method" }, { title: "from" }, { title: "what it changed" }, { title: "paper" }], rows.map((m) => [K.name(m.name), m.from.join(", "), m.change || m.title, m.paper])));
};
