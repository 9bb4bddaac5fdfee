"use strict";
// Runs that workers make for a queue: how far those of a study are.

// K.again calls a function every two seconds while the page is seen. A failure
// is said once, and ended by the next success.
K.again = (work) => {
  let failing = false;
  const next = () => setTimeout(async () => {
    if (!document.hidden) {
      try {
        await work();
        failing = false;
      } catch (problem) {
        if (!failing) K.say(String(problem.message || problem));
        failing = true;
      }
    }
    next();
  }, 2000);
  next();
};

// K.fresh is a function that asks, and shows the answer if it is another one than before.
K.fresh = (ask, show) => {
  let before;
  return async () => {
    const answer = await ask(), now = JSON.stringify(answer);
    if (answer && now !== before) show(answer);
    before = now;
    return answer;
  };
};

K.sweepWords = (counts) => {
  const all = Object.values(counts).reduce((a, b) => a + b, 0), states = ["running", "waiting", "failed", "canceled"];
  return [`${counts.done || 0} of ${all} done`, ...states.filter((s) => counts[s]).map((s) => `${counts[s]} ${s}`)].join(", ");
};

// K.sweepsSection lists the studies of the queue on the overview. It stays hidden without a queue.
K.sweepsSection = () => {
  const section = K.el("section", { id: "sweeps", hidden: true });
  const draw = K.fresh(() => K.get("/api/sweeps"), (sweeps) => {
    const rows = sweeps.map((s) => [K.el("a", { href: "/sweep/" + encodeURIComponent(s.study) }, K.name(s.study)), K.sweepWords(s.counts)]);
    section.replaceChildren(K.el("h2", {}, "Sweeps"), K.el("p", { class: "about" }, "Studies whose runs are in the queue. Finished runs are taken in while this page is served."),
      rows.length ? K.table("Sweeps", [{ title: "study" }, { title: "runs" }], rows) : K.el("p", {}, "There are none yet; kontrast sweep start puts one in."));
    section.hidden = false;
  });
  const failed = (problem) => { section.replaceChildren(K.el("h2", {}, "Sweeps"), K.el("p", { class: "problem" }, String(problem.message || problem))); section.hidden = false; };
  draw().then((sweeps) => sweeps && K.again(draw), (problem) => { failed(problem); K.again(draw); });
  return section;
};

K.sweepPage = async (root, name) => {
  const draw = K.fresh(() => K.get("/api/sweep/" + encodeURIComponent(name)), (sweep) => {
    const rows = sweep.jobs.map((job) => [
      `${job.method} on ${job.backbone}, ${job.dataset}`, job.seed,
      K.el("span", { class: "state " + (job.state === "done" ? "finished" : job.state) }, job.state),
      job.state === "running" ? [K.bar(job.step, job.steps), ` step ${job.step}${job.steps ? " of " + job.steps : ""}`] : job.run ? ["collected as ", K.runLink(job.run, job.name)] : job.state === "done" ? "not collected yet" : "",
      job.worker, sweep.river ? K.el("a", { href: `${sweep.river}/jobs/${job.id}` }, String(job.attempts)) : String(job.attempts), job.error]);
    root.replaceChildren(K.el("h1", {}, "Sweep ", K.name(sweep.study)),
      K.el("p", { id: "sweep-counts" }, K.sweepWords(sweep.counts) + ". ", sweep.jobs.some((job) => job.run) && K.el("a", { href: "/study/" + encodeURIComponent(sweep.study) }, "Results of the study"),
        sweep.river && [" ", K.el("a", { href: sweep.river + "/jobs" }, "All jobs of the queue (River UI)")]),
      K.section("jobs", "Runs", "The page follows the workers. Failed runs are put into the queue again by kontrast sweep retry." + (sweep.river ? " The number of attempts leads to the job in River UI." : "") + (sweep.cut ? ` Of each state ${sweep.most} are shown.` : ""),
        K.table("Runs of the sweep", [{ title: "run" }, { title: "seed", number: true }, { title: "state" }, { title: "progress" }, { title: "worker" }, { title: "attempts", number: true }, { title: "error" }], rows)));
  });
  await draw();
  K.again(draw);
};
