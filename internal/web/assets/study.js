"use strict";
// A study: its sections in the order of a reader's questions.

K.studyPage = (root, source) => {
  const draw = () => {
    const study = source.study;
    if (K.state.get("theme")) document.documentElement.dataset.theme = K.state.get("theme"); else delete document.documentElement.dataset.theme;
    const focused = document.activeElement && document.activeElement.id, open = new Set([...root.querySelectorAll("details[open] > summary")].map((s) => s.textContent.split(" (")[0]));
    const choice = study.scores.length ? K.choose(study) : null;
    const finished = study.runs.filter((r) => r.state === "finished").length, count = `SELECT sum(state = 'finished') AS finished, count(*) AS runs FROM run_overview\nWHERE study = ${K.sql.quote(study.name)}`;
    const transfer = K.transferSection(study);
    const head = K.el("header", {}, K.el("h1", {}, "Study ", K.name(study.name)), transfer && !study.runs.length ? K.el("p", { class: "about" }, `Networks of other studies; read ${study.made.replace("T", " ").replace("Z", " UTC")}.`) : K.el("p", { class: "about" }, K.number(String(finished), count, { finished }), " of ", K.number(String(study.runs.length), count, { runs: study.runs.length }), ` runs finished; read ${study.made.replace("T", " ").replace("Z", " UTC")}.`));
    const parts = choice ? [K.controls(choice), K.verdictSection(choice), K.attributionSection(choice), K.rankingSection(choice), K.duelsSection(choice), K.costSection(choice), K.curvesSection(choice, source), K.factorsSection(choice), transfer,
      K.disagreeSection(choice, source), K.mapSection(choice), K.familySection(choice), K.protocolSection(choice)] : [transfer || K.el("p", {}, "No run of this study has finished with a score yet.")];
    if (source.ask && !K.studyPage.query) K.studyPage.query = K.querySection(study.name, study.views, source.ask, source.aboutQuery);
    root.replaceChildren(head, ...parts.filter(Boolean), ...(source.ask ? [K.studyPage.query] : []));
    for (const summary of root.querySelectorAll("details > summary")) if (open.has(summary.textContent.split(" (")[0])) summary.parentNode.open = true;
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
  };
  K.state.watchers.push(draw);
  draw();
};

// K.liveStudy is the page of a study over the living database.
K.liveStudy = async (root, name) => {
  document.title = K.visible(name) + " · kontrast";
  let curves = new Map();
  const source = {
    study: await K.get("/api/study/" + encodeURIComponent(name)),
    curves(metric) {
      if (!curves.has(metric)) curves.set(metric, K.get(`/api/curves?study=${encodeURIComponent(name)}&metric=${encodeURIComponent(metric)}`));
      return curves.get(metric);
    },
    guesses: (choice, a, b) => K.get(`/api/guesses?first=${a}&second=${b}&protocol=${encodeURIComponent(choice.protocol.label)}`),
    ask: K.ask,
    aboutQuery: "Reads the living database; nothing can be changed.",
  };
  K.studyPage(root, source);
  K.follow(async (moved) => {
    const known = new Set(source.study.runs.map((r) => r.id));
    const next = await K.get("/api/study/" + encodeURIComponent(name));
    const measured = (study) => JSON.stringify(study.transfers);
    if (![...moved].some((run) => known.has(run)) && next.runs.length === source.study.runs.length && measured(next) === measured(source.study)) return;
    source.study = next;
    curves = new Map();
    K.state.changed();
  });
};
