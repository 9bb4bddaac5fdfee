"use strict";
// Tables: every number shows its SQL, and the whole copies as CSV or LaTeX.

// K.number is a number with the statement that gives it; values are what the
// statement's columns hold.
K.number = (text, sql, values, extra = {}) => K.el("button", {
  type: "button", class: "number", title: sql, "data-sql": sql, "data-values": JSON.stringify(values), ...extra,
  onclick: () => K.show("SQL of this number", sql, "For kontrast sql, sqlite3, DuckDB or Datasette."),
}, text);

// K.table makes a table. A column is {title, number}; a cell is a text, an
// element, or {text, sql, values, mark}. With the class stack, rows stand below each
// other on narrow screens, each cell behind the title of its column.
K.table = (caption, columns, rows, props = {}) => {
  const texts = rows.map((row) => row.map(K.plain));
  const words = columns.map((_, i) => texts.some((row) => (row[i] || "").length > 40));
  const stacked = props.class === "stack", role = (name) => (stacked ? name : undefined), titles = columns.map((c) => K.visible(K.plain(c.title)));
  const body = rows.map((row, at) => K.el("tr", { role: role("row") }, row.map((cell, i) => {
    const column = columns[i], tag = i === 0 ? "th" : "td";
    const attributes = { class: [column.number && "n", cell && cell.mark, words[i] ? "words" : texts[at][i].length <= 18 && "short"].filter(Boolean).join(" "), scope: i === 0 ? "row" : undefined, role: role(i === 0 ? "rowheader" : "cell"), "data-title": stacked && i > 0 && titles[i] };
    if (cell && cell.sql) return K.el(tag, attributes, K.number(cell.text, cell.sql, cell.values, { tabindex: "-1" }));
    if (cell && !(cell instanceof Node) && cell.text !== undefined) return K.el(tag, attributes, cell.text);
    return K.el(tag, attributes, cell);
  })));
  const table = K.el("table", { ...props, role: role("table") }, K.el("caption", {}, caption),
    K.el("thead", { role: role("rowgroup") }, K.el("tr", { role: role("row") }, columns.map((column) => K.el("th", { scope: "col", class: column.number ? "n" : "", role: role("columnheader") }, column.title)))),
    K.el("tbody", { role: role("rowgroup") }, body));
  K.roam(table);
  const plain = () => [columns.map((c) => K.plain(c.title)), ...texts];
  return K.el("div", { class: "table" },
    K.el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "table: " + K.visible(caption) }, table),
    K.el("div", { class: "tools" },
      K.el("button", { type: "button", onclick: () => K.copy(K.csv(K.spread(columns, rows)), "CSV") }, "Copy CSV"),
      K.el("button", { type: "button", onclick: () => K.copy(K.latex(caption, columns, plain()), "LaTeX") }, "Copy LaTeX")));
};

K.plain = (cell) => {
  if (cell === undefined || cell === null || cell === false) return "";
  if (Array.isArray(cell)) return cell.map(K.plain).join("");
  if (cell instanceof Node) return cell.textContent;
  return String(cell.text !== undefined ? (cell.text instanceof Node ? cell.text.textContent : cell.text) : cell);
};

// K.roam lets the arrow keys walk through the numbers of a table, of which one
// is in the order of the tab key.
K.roam = (table) => {
  const numbers = () => [...table.querySelectorAll("button.number")];
  if (numbers()[0]) numbers()[0].tabIndex = 0;
  table.addEventListener("keydown", (event) => {
    const at = event.target.closest("button.number");
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (!at || !moves[event.key]) return;
    event.preventDefault();
    const [down, right] = moves[event.key];
    let row = at.closest("tr"), column = at.closest("td, th").cellIndex;
    for (;;) {
      row = down ? row.parentNode.rows[row.sectionRowIndex + down] : row;
      column += right;
      const cell = row && row.cells[column];
      if (!cell) return;
      const next = cell.querySelector("button.number");
      if (next) { at.tabIndex = -1; next.tabIndex = 0; next.focus(); return; }
    }
  });
};

// K.spread has the rows of a table for programs: numbers in all their digits,
// and what a cell says beside its first number in columns of its own.
K.spread = (columns, rows) => {
  const keys = columns.map((_, i) => [...new Set(rows.flatMap((row) => (row[i] && row[i].values ? Object.keys(row[i].values) : [])))]);
  const value = (v) => (v === null || v === undefined ? "" : String(v));
  return [columns.flatMap((c, i) => [K.plain(c.title), ...keys[i].slice(1).map((key) => `${K.plain(c.title)}: ${key}`)]),
    ...rows.map((row) => row.flatMap((cell, i) => (cell && cell.values && Object.keys(cell.values).length ? keys[i].map((key) => value(cell.values[key])) : [K.plain(cell), ...keys[i].slice(1).map(() => "")])))];
};

K.csv = (rows) => rows.map((row) => row.map((cell) => (/[",\n\r]/.test(cell) ? '"' + cell.replaceAll('"', '""') + '"' : cell)).join(",")).join("\r\n") + "\r\n";

K.latex = (caption, columns, rows) => {
  const special = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "±": "$\\pm$", "−": "$-$", "–": "--", "▲": "$\\uparrow$", "▼": "$\\downarrow$", "×": "$\\times$" };
  const safe = (text) => text.replace(/[\\~^±−–▲▼×]|[&%$#_{}]/g, (c) => special[c] || "\\" + c);
  const line = (row) => "  " + row.map(safe).join(" & ") + " \\\\";
  return ["\\begin{table}", "\\caption{" + safe(caption) + "}", "\\begin{tabular}{" + columns.map((c) => (c.number ? "r" : "l")).join("") + "}",
    "  \\hline", line(rows[0]), "  \\hline", ...rows.slice(1).map(line), "  \\hline", "\\end{tabular}", "\\end{table}", ""].join("\n");
};
