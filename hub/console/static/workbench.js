// The workbench: checks as one types, runs, and lights up where values come from and go to.

import { editor } from "./workbench_editor.js";
import { saving } from "./workbench_save.js";

const form = document.getElementById("bench");
const say = document.getElementById("say").dataset;
const base = form.dataset.base;
const lang = form.dataset.lang;
const at = (id) => document.getElementById(id);
const lines = (text) => (text ? text.split("\n") : []);

let checking = null;
let waiting = 0;

const hooks = {
  lang,
  label: say.editor,
  dressed: () => at("bench").classList.add("dressed"),
  changed() {
    clearTimeout(waiting);
    waiting = setTimeout(check, 350);
    at("stale").hidden = !at("bench-result").querySelector(".leaf");
    drafts.changed();
  },
  run: () => run(),
  save: () => drafts.save(),
  async complete(line, column, context) {
    const stop = new AbortController();
    context.addEventListener("abort", () => stop.abort(), { onDocChange: true });
    return post("complete", { line, column }, stop.signal).then((answer) => answer.json()).catch(() => null);
  },
};

const text = await editor(at("text"), at("editor"), hooks);
const drafts = saving({ at, say, lang, post, text });
hook();
for (const box of ["bench-source", "bench-result"]) rove(box);
check();
if (at("source").value.trim() && !at("bench-result").querySelector(".leaf")) run();

function post(path, more, signal, headers = {}) {
  const body = new URLSearchParams(new FormData(form));
  body.set("text", text.text());
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  if (path === "check" || path === "complete") body.delete("source");
  return fetch(`${base}/${path}`, { method: "POST", body, signal, headers: { accept: "application/json", ...headers } })
    .then((answer) => {
      if (answer.redirected) location.assign(answer.url);
      return answer;
    });
}

async function check() {
  checking?.abort();
  checking = new AbortController();
  try {
    const answer = await post("check", {}, checking.signal);
    if (!answer.ok) throw new Error(String(answer.status));
    const { diagnostics } = await answer.json();
    text.show(diagnostics);
    list(diagnostics);
  } catch (error) {
    if (error.name !== "AbortError") at("busy").textContent = say.failed;
  }
}

function list(diagnostics) {
  const place = at("findings");
  place.replaceChildren();
  const errors = diagnostics.filter((one) => one.severity === "error").length;
  const head = element("p", diagnostics.length ? [] : [say.none], diagnostics.length ? "" : "good");
  if (errors) head.append(`${say.errors} ${errors} `);
  if (diagnostics.length > errors) head.append(`${say.warnings} ${diagnostics.length - errors}`);
  const items = diagnostics.map((one) => {
    const where = one.file ? `${one.file} ` : `${say.line} ${one.line}`;
    const go = element("button", [element("strong", [where]), ` : ${one[lang]} `]);
    go.type = "button";
    if (one.rule) go.append(element("code", [one.rule]));
    go.addEventListener("click", () => text.reveal([one.line, one.column, one.end_line, one.end_column]));
    return element("li", [go], one.severity);
  });
  place.append(head, element("ul", items, "findings"));
}

async function run() {
  at("busy").textContent = say.running;
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await post("run", {}, undefined, { accept: "text/html", "x-part": "run" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const parts = page.querySelectorAll("[data-part]");
    if (!parts.length) {
      at("bench-result").replaceChildren(...(page.querySelector("main") ?? page.body).childNodes);
    }
    for (const part of parts) {
      at(part.dataset.part).replaceChildren(...part.childNodes);
      rove(part.dataset.part);
    }
    if (parts.length) at("source-text").open = !at("bench-source").querySelector(".leaf");
    at("stale").hidden = true;
    at("told").hidden = true;
    text.light([]);
    at("busy").textContent = say.ran;
  } catch (error) {
    at("busy").textContent = say.failed;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

function hook() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.id === "save") drafts.save();
    else run();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") dismiss();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "source") run();
  });
  at("source").addEventListener("input", () => { at("stale").hidden = !at("bench-result").querySelector(".leaf"); });
  form.addEventListener("click", (event) => {
    const leaf = event.target.closest(".leaf");
    if (leaf) still(() => (leaf.closest("#bench-result") ? ofTarget(leaf) : ofSource(leaf)));
    const jump = event.target.closest(".jump");
    const found = jump && leaves("bench-source").get(jump.dataset.source);
    if (found) { open(found); found.focus(); ofSource(found); }
  });
  for (const box of ["bench-source", "bench-result"]) {
    at(box).addEventListener("keydown", walk);
    at(box).addEventListener("focusin", (event) => {
      const leaf = event.target.closest(".tree .leaf");
      if (leaf) rove(box, leaf);
    });
  }
}

// Tab stops once in a tree, at the leaf one was on; arrows go through the others.
function rove(box, here = null) {
  const all = [...at(box).querySelectorAll(".tree .leaf")];
  const stop = here ?? all[0];
  for (const leaf of all) leaf.tabIndex = leaf === stop ? 0 : -1;
}

// Arrows walk through the leaves of a tree.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = event.target.closest(".leaf");
  if (!step || !here) return;
  const shown = [...event.currentTarget.querySelectorAll(".tree .leaf")].filter((one) => one.checkVisibility());
  shown[shown.indexOf(here) + step]?.focus();
  event.preventDefault();
}

function leaves(box) {
  return new Map([...at(box).querySelectorAll(".tree .leaf")].map((one) => [one.dataset.path, one]));
}

function open(leaf) {
  for (let up = leaf.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
  const box = leaf.closest(".tree");
  const [top, shown] = [leaf.getBoundingClientRect().top - box.getBoundingClientRect().top, box.clientHeight];
  if (top < 0 || top > shown - 30) box.scrollTop += top - shown / 3;
}

// What lights up may lie far away: the page itself stays where it was clicked.
function still(act) {
  const y = window.scrollY;
  act();
  requestAnimationFrame(() => requestAnimationFrame(() => window.scrollTo(window.scrollX, y)));
}

function clear() {
  for (const one of document.querySelectorAll(".leaf.lit, .leaf[aria-pressed]")) {
    one.classList.remove("lit");
    one.removeAttribute("aria-pressed");
  }
}

function light(box, paths) {
  const known = leaves(box);
  const found = paths.map((path) => known.get(path)).filter(Boolean);
  for (const one of found) one.classList.add("lit");
  if (found.length) open(found[0]);
}

const place = (leaf) => (leaf.dataset.place ? leaf.dataset.place.split(",").map(Number) : null);

function ofTarget(leaf) {
  clear();
  leaf.setAttribute("aria-pressed", "true");
  const { rule, how, where, from, because, rows } = leaf.dataset;
  const found = place(leaf);
  text.light(found ? [found] : []);
  light("bench-source", lines(from).length ? lines(from) : [because]);
  const told = [];
  if (rule) {
    const stands = where ? ` ${say.elsewhere} ${where}` : found ? `, ${say.line} ${found[0]}` : "";
    told.push([`${say.rule} `, code(rule), stands, how ? ` · ${say.by} ` : "", how ? code(how) : ""]);
  } else told.push([say.norule]);
  if (from) told.push([`${say.from} `, ...list_(lines(from))]);
  else if (rule) told.push([say.fixed, ...(because ? [` ${say.because} `, code(because), "."] : [])]);
  for (const row of lines(rows)) told.push([`${say.table} `, code(row)]);
  if (leaf.dataset.expected) told.push([`${say.wanted} `, element("strong", [leaf.dataset.expected])]);
  tell(leaf, told);
}

function ofSource(leaf) {
  clear();
  leaf.setAttribute("aria-pressed", "true");
  const to = lines(leaf.dataset.to);
  light("bench-result", to);
  const known = leaves("bench-result");
  text.light(to.map((path) => known.get(path)).filter(Boolean).map(place).filter(Boolean));
  const use = leaf.dataset.use;
  tell(leaf, [use === "carried" ? [`${say.went} `, ...list_(to)] : [use === "read" ? say.read : say.unused]]);
}

function dismiss() {
  at("told").hidden = true;
  clear();
  text.light([]);
}

function tell(leaf, told) {
  const shut = element("button", [say.shut], "shut");
  shut.type = "button";
  shut.addEventListener("click", dismiss);
  const head = element("p", [code(leaf.dataset.path), " = ", element("strong", [leaf.querySelector(".value").textContent])]);
  at("told").replaceChildren(shut, head, ...told.map((parts) => element("p", parts)));
  at("told").hidden = false;
}

function list_(paths) {
  return paths.flatMap((path, index) => (index ? [", ", code(path)] : [code(path)]));
}

function code(inner) {
  return element("code", [inner]);
}

function element(name, children, kind = "") {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...children);
  return made;
}
