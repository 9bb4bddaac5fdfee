"use strict";
// The components of kontrast's report and page. K is the only global name.
const K = {};

// K.visible shows what steers the direction of writing, or can't be seen, as escapes.
K.visible = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
  (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

// K.el makes an element. Children are elements or texts; texts are never read as HTML.
K.el = (tag, props = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  K.add(element, ...children);
  return element;
};

K.add = (element, ...children) => {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(K.visible(child)));
  }
  return element;
};

// K.name shows a name that somebody chose, kept apart from the direction of the text around it.
K.name = (text) => K.el("bdi", {}, text);

// K.state is what the reader chose. It stands in the address after the #, so
// that a link or a bookmark keeps it.
K.state = {
  values: new URLSearchParams(location.hash.slice(1)),
  watchers: [],
  get(key, fallback = "") { return this.values.get(key) ?? fallback; },
  list(key) { const value = this.values.get(key); return value ? value.split("~") : []; },
  set(changes) {
    for (const [key, value] of Object.entries(changes)) {
      const text = Array.isArray(value) ? value.join("~") : value;
      if (text === "" || text === undefined || text === null) this.values.delete(key); else this.values.set(key, text);
    }
    const hash = this.values.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
    this.changed();
  },
  changed() { for (const watcher of this.watchers) watcher(); },
};
addEventListener("hashchange", () => { K.state.values = new URLSearchParams(location.hash.slice(1)); K.state.changed(); });

// K.say tells screen readers, and shows for a moment, what was done.
K.say = (text) => {
  const status = document.getElementById("status");
  status.textContent = text;
  clearTimeout(K.say.timer);
  K.say.timer = setTimeout(() => { status.textContent = ""; }, 4000);
};

// K.copy copies a text, or shows it for copying by hand where the browser refuses.
K.copy = async (text, what) => {
  try {
    await navigator.clipboard.writeText(text);
    K.say(what + " copied");
  } catch {
    K.show(what, text);
  }
};

// K.show shows a text, such as SQL, in a dialog.
K.show = (title, text, note) => {
  const dialog = K.el("dialog", { class: "text", "aria-label": title },
    K.el("h2", {}, title),
    note && K.el("p", {}, note),
    K.el("pre", { tabindex: "0" }, ...String(text).split("\n").flatMap((line, i) => i ? [document.createTextNode("\n"), line] : [line])),
    K.el("form", { method: "dialog" },
      K.el("button", { type: "button", onclick: () => K.copy(text, title) }, "Copy"),
      K.el("button", { autofocus: true }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
};

// K.theme is light or dark: the reader's choice, or else that of the system.
K.theme = () => document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => K.state.changed());

K.section = (id, title, about, ...content) => K.el("section", { id, "aria-labelledby": id + "-title" },
  K.el("h2", { id: id + "-title" }, title), about && K.el("p", { class: "about" }, about), ...content);
