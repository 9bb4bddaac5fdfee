"use strict";
// The living database: answers of the server, and its events.

K.get = async (path, options) => {
  const response = await fetch(path, options);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error || response.statusText);
  return body;
};

K.ask = (sql) => K.get("/api/query", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sql }) });

// K.follow calls back when the newest runs have changed, at most every two seconds.
K.follow = (changed) => {
  let before = new Map(), first = true, timer;
  const events = new EventSource("/api/events");
  events.onmessage = (event) => {
    const runs = JSON.parse(event.data);
    const now = new Map(runs.map((r) => [r.run, r.state + r.step]));
    const moved = runs.filter((r) => before.get(r.run) !== now.get(r.run)).map((r) => r.run);
    before = now;
    if (first) { first = false; return; }
    clearTimeout(timer);
    timer = setTimeout(() => changed(new Set(moved)), 300);
  };
  addEventListener("pagehide", () => events.close());
};

K.studyLink = (name) => K.el("a", { href: "/study/" + encodeURIComponent(name) }, K.name(name));
K.runLink = (id, name) => K.el("a", { href: "/run/" + id }, K.name(name));

// K.left says how long a run will go on, if it goes on as it did.
K.left = (seconds, step, steps) => (steps > 0 && step > 0 && step < steps ? K.duration(seconds * (steps - step) / step) + " left" : "");

K.bar = (step, steps) => (steps > 0 ? K.el("progress", { max: steps, value: Math.min(step, steps), "aria-label": `step ${step} of ${steps}` }) : null);
