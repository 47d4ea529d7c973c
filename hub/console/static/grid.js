// A table as a grid: cells are changed here, then kept together: in the draft of a code table, or, of
// a reference list, after a preview. Without this script the page has a form for each row.
"use strict";
(() => {
  const root = document.getElementById("grid");
  const list = document.getElementById("grid-preview"); // the form that asks for a preview
  if (!(root?.dataset.save || list) || !window.Tabulator) return;
  const said = root.dataset;
  const pairs = (text) => text.split("\n").map((line) => line.trim().split(/\|(.*)/s).slice(0, 2));
  const columns = pairs(said.columns);
  const relations = Object.fromEntries(pairs(said.relations ?? ""));
  const KEY = columns[0][0];
  const PAIR = list ? ["code", "value"] : ["source_code", "target_code"];
  const [SAVE, ADD, REMOVE, COUNT, SAVED, FAILED, HINT, COPY, FIRST, PREVIOUS, NEXT, LAST, UNDO, FROM] = said.words.split("|");
  const DATES = ["valid_from", "valid_until", "start", "end"];

  let seen = said.seen;
  let number = 0;
  let active = null; // the cell being edited
  const changed = new Map(); // place → cells that changed, null: the row goes
  const added = new Map(); // key → cells of a new row
  const before = new Map(); // place → the row as it came

  const make = (tag, more = {}, ...inside) => {
    const one = Object.assign(document.createElement(tag), more);
    one.append(...inside);
    return one;
  };
  const holder = make("div");
  const pages = make("nav", { className: "tools pages" }); // outside: a grid holds rows only
  const told = make("p", { className: "told" });
  told.setAttribute("role", "status");
  const save = make("button", { type: "button", className: "main", textContent: SAVE, disabled: true });
  const undo = make("button", { type: "button", textContent: UNDO, hidden: true });
  const add = make("button", { type: "button", textContent: ADD });
  const left = make("div", { hidden: true });
  const day = make("input", { type: "date", value: list?.elements.start.value ?? "" });
  const from = list ? [make("label", {}, `${FROM} `, day)] : [];
  document.getElementById("row-link")?.remove();
  root.replaceChildren(make("div", { className: "tools" }, ...from, save, add, undo, told), make("p", { className: "help", textContent: HINT }), left, holder, pages);

  const table = new window.Tabulator(holder, {
    layout: "fitColumns",
    index: "n",
    nestedFieldSeparator: false,
    pagination: true,
    paginationMode: "remote",
    paginationElement: pages,
    paginationSize: 50,
    ajaxURL: said.rows,
    ajaxURLGenerator: (url, config, params) => `${url}&form=json&page=${params.page}&size=${params.size}`,
    ajaxResponse: (url, params, answer) => ({ ...answer, data: [...(params.page === 1 ? fresh() : []), ...answer.data.map(overlaid)] }),
    locale: "x",
    langs: { x: { pagination: { first: FIRST, first_title: FIRST, last: LAST, last_title: LAST, prev: PREVIOUS, prev_title: PREVIOUS, next: NEXT, next_title: NEXT } } },
    columns: [...columns.map(column), { title: "", headerSort: false, width: 52, hozAlign: "center", formatter: remover }],
    rowFormatter: marked,
  });
  table.on("tableBuilt", () => {
    // A grid may own groups of rows only, and what scrolls can be reached by keyboard.
    holder.querySelector(".tabulator-tableholder").setAttribute("role", "rowgroup");
    holder.querySelector(".tabulator-table").setAttribute("role", "presentation");
  });
  table.on("cellEditing", (cell) => { active = cell; });
  table.on("cellEditCancelled", () => { active = null; });
  table.on("cellEdited", (cell) => {
    active = null;
    note(cell.getRow(), { [cell.getField()]: cell.getValue() ?? "" });
  });

  function column([field, title]) {
    const made = { field, title, headerSort: false, editor: "input", minWidth: field.endsWith("display") ? 120 : ["comment", "relationship"].includes(field) ? 100 : 85, widthGrow: field.endsWith("display") ? 4 : 3 };
    if (field === "relationship") Object.assign(made, { editor: "list", editorParams: { values: relations }, formatter: (cell) => relations[cell.getValue()] ?? cell.getValue() ?? "" });
    if (field.endsWith("_code")) Object.assign(made, { minWidth: 105 });
    if (field === "value") Object.assign(made, { hozAlign: "right", formatter: (cell) => grouped(cell.getValue() ?? "") });
    if (DATES.includes(field)) Object.assign(made, { editor: "date", minWidth: 98, widthGrow: 1, formatter: (cell) => (cell.getValue() ?? "").split("-").reverse().join("/") });
    return made;
  }

  // 12 500 and 0,7, as on every other page; what is edited and kept is the number as it was written.
  function grouped(value) {
    const [, whole, rest] = /^(\d+)((?:\.\d+)?)$/.exec(value) ?? [];
    return whole === undefined ? value : whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + rest.replace(".", ",");
  }

  function remover(cell) {
    const row = cell.getRow();
    const button = make("button", { type: "button", className: "small", textContent: "×", title: REMOVE });
    button.setAttribute("aria-label", `${REMOVE} ${row.getData()[KEY] ?? ""}`);
    button.addEventListener("click", () => gone(row));
    return button;
  }

  function marked(row) {
    const data = row.getData();
    const element = row.getElement();
    const state = { conflict: data.mark === "conflict", duplicate: data.mark === "duplicate", touched: changed.has(data.n) || added.has(data.n), gone: changed.get(data.n) === null };
    for (const [name, on] of Object.entries(state)) element.classList.toggle(name, on);
    element.title = data.why ?? "";
  }

  // The cells of a row before an edit that has just been made.
  const undone = (row, cells) => Object.fromEntries(Object.keys(cells).map((name) => [name, row.getCell(name)?.getInitialValue() ?? ""]));
  const fresh = () => [...added].map(([n, cells]) => ({ ...cells, n }));
  const overlaid = (row) => ({ ...row, ...(changed.get(row.n) ?? {}) });

  function note(row, cells) {
    const { n } = row.getData();
    if (!before.has(n)) before.set(n, { ...row.getData(), ...undone(row, cells) });
    if (added.has(n)) Object.assign(added.get(n), cells);
    else changed.set(n, { ...(changed.get(n) ?? {}), ...cells });
    row.reformat();
    count();
  }

  function gone(row) {
    const { n } = row.getData();
    if (added.delete(n)) row.delete();
    else if (changed.get(n) === null) changed.delete(n);
    else {
      if (!before.has(n)) before.set(n, row.getData());
      changed.set(n, null);
    }
    if (typeof n === "number") row.reformat();
    count();
  }

  function count(message = "") {
    const many = changed.size + added.size;
    save.disabled = many === 0;
    undo.hidden = many === 0;
    told.classList.remove("bad");
    told.textContent = message || (many ? `${COUNT} ${many}` : "");
  }

  async function grow(...rows) {
    const made = rows.map((cells) => {
      number += 1;
      added.set(`new-${number}`, { ...cells });
      return { ...cells, n: `new-${number}` };
    });
    await table.addData(made, true);
    count();
    return table.getRow(made[0].n);
  }

  add.addEventListener("click", async () => (await grow({})).getCell(KEY).edit());
  undo.addEventListener("click", () => {
    changed.clear();
    added.clear();
    left.hidden = true;
    count();
    table.setPage(1);
  });
  for (const link of document.querySelectorAll("[data-fill-side]")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const { fillSide: side, code, display, system, target } = link.dataset;
      const other = side === "source" ? "target_code" : "source_code";
      const cells = { [`${side}_code`]: code, [`${side}_display`]: display, [`${side}_system`]: system };
      if (target) cells[other] = target;
      link.textContent = "✓";
      (await grow(cells)).getCell(other).edit();
      root.scrollIntoView({ block: "nearest" });
    });
  }

  // Cells of a spreadsheet: from the cell being edited downwards, else as new rows.
  document.addEventListener("paste", async (event) => {
    const field = event.target.closest?.("input, textarea, select");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const many = /[\t\n]/.test(text.trim());
    if (!many || (field && !holder.contains(field))) return;
    event.preventDefault();
    const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    const cell = active;
    cell?.cancelEdit();
    active = null;
    let fields = columns.map(([name]) => name);
    const titles = lines[0].map((one) => columns.find(([name, title]) => [name, title.toLowerCase()].includes(one.trim().toLowerCase()))?.[0]);
    if (titles.every(Boolean) && titles.includes(KEY)) {
      fields = titles;
      lines.shift();
    } else if (cell) fields = fields.slice(fields.indexOf(cell.getField()));
    else if (lines.every((line) => line.length === 2)) fields = PAIR;
    const rows = cell ? table.getRows() : [];
    const from = cell ? rows.indexOf(cell.getRow()) : 0;
    const more = [];
    table.blockRedraw();
    for (const [index, line] of lines.entries()) {
      const cells = Object.fromEntries(line.slice(0, fields.length).map((one, place) => [fields[place], one.trim()]));
      const row = rows[from + index];
      if (row) {
        await row.update(cells);
        note(row, cells);
      } else more.push(cells);
    }
    if (more.length) await grow(...more);
    table.restoreRedraw();
  });

  // A row that changes counts from the chosen day, unless its own first day was written too.
  function preview() {
    const names = columns.map(([name]) => name);
    const eve = new Date(new Date(day.value).getTime() - 86400000).toISOString().slice(0, 10);
    const rows = [...changed].map(([n, cells]) => (cells ? { ...before.get(n), start: "", ...cells } : { ...before.get(n), end: eve }));
    const lines = [names, ...[...rows, ...added.values()].map((cells) => names.map((name) => cells[name] ?? ""))];
    list.elements.pasted.value = lines.map((line) => line.join("\t")).join("\n");
    list.elements.start.value = day.value;
    changed.clear();
    added.clear();
    list.requestSubmit();
  }

  save.addEventListener("click", async () => {
    if (list) {
      if (day.reportValidity() && day.value) preview();
      return;
    }
    const changes = [...changed].map(([n, cells]) => ({ n, cells })).concat([...added.values()].map((cells) => ({ n: null, cells })));
    save.disabled = true;
    told.textContent = "…";
    try {
      const body = new URLSearchParams({ form_token: said.token, url: said.url, seen, changes: JSON.stringify(changes) });
      const answer = await fetch(said.save, { method: "POST", body, headers: { accept: "application/json" } });
      const got = await answer.json();
      if (!answer.ok) return refused(got.issues.map((one) => one[said.lang]).join(" "), [401, 403, 409].includes(answer.status));
      seen = got.seen;
      for (const one of document.querySelectorAll('input[name="seen"]')) one.value = seen;
      changed.clear();
      added.clear();
      left.hidden = true;
      count(SAVED);
      await table.setPage(1);
    } catch (error) {
      refused(FAILED, false);
    }
  });

  // Nothing is lost: what another was quicker with stays theirs, what was typed here can be copied.
  function refused(message, overtaken) {
    save.disabled = false;
    told.textContent = message;
    told.classList.add("bad");
    if (!overtaken) return;
    const names = columns.map(([name]) => name);
    const rows = [...changed].filter(([, cells]) => cells).map(([n, cells]) => ({ ...(table.getRow(n) || undefined)?.getData(), ...cells }));
    const lines = [names, ...[...rows, ...added.values()].map((cells) => names.map((name) => cells[name] ?? ""))];
    const text = make("textarea", { rows: 6, readOnly: true, className: "code", value: lines.map((line) => line.join("\t")).join("\n") });
    left.replaceChildren(make("label", {}, COPY, text));
    left.hidden = false;
  }

  window.addEventListener("beforeunload", (event) => {
    if (changed.size + added.size) event.preventDefault();
  });
})();
