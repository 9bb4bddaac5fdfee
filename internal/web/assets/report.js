"use strict";
// The report: everything is in this file.
(() => {
  const study = JSON.parse(document.getElementById("data").textContent);
  let labels = "";
  const said = new Map();
  for (const g of study.guesses || []) {
    labels = g.labels || labels;
    said.set(g.run + " " + g.protocol, { labels, said: g.said });
  }
  const source = {
    study,
    curves: (metric) => (study.curves || {})[metric] || [],
    guesses(choice, a, b) {
      const at = study.protocols.indexOf(choice.protocol), first = said.get(a + " " + at), second = said.get(b + " " + at);
      if (!first || !second) return null;
      const n = Math.min(first.said.length, second.said.length);
      return { labels: K.classes(first.labels).slice(0, n), first: K.classes(first.said).slice(0, n), second: K.classes(second.said).slice(0, n) };
    },
  };
  if (globalThis.initSqlJs) K.sqlInFile(source);
  K.studyPage(document.getElementById("main"), source);
})();
