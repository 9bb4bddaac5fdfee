"use strict";
// Which page this is.
(async () => {
  const root = document.getElementById("main"), [, kind, name] = location.pathname.split("/").map(decodeURIComponent);
  const theme = () => { if (K.state.get("theme")) document.documentElement.dataset.theme = K.state.get("theme"); };
  theme();
  try {
    if (kind === "study") await K.liveStudy(root, name);
    else if (kind === "run") await K.runPage(root, name);
    else if (kind === "compare") await K.comparePage(root);
    else if (kind === "sweep") await K.sweepPage(root, name);
    else if (kind === "catalog") await K.catalogPage(root);
    else if (kind === "sql") { const { views } = await K.get("/api/overview"); root.replaceChildren(K.el("h1", {}, "SQL"), K.querySection("", views, K.ask, "Reads the database; nothing can be changed. The address keeps the statement.")); }
    else await K.overviewPage(root);
    root.dataset.ready = "1";
  } catch (problem) {
    root.replaceChildren(K.el("h1", {}, "That did not work"), K.el("p", { class: "problem" }, String(problem.message || problem)));
    root.dataset.ready = "1";
  }
})();
