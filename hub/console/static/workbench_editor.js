// The text of a map: CodeMirror where it is there, else the plain text field, with the same interface.
//
// CodeMirror lives in a shadow root: there its styles are adopted style sheets, which a policy of
// `style-src 'self'` allows, and not style elements, which it refuses.

import { fml } from "./workbench_fml.js";

const OPTIONS = { element: "property", variable: "variable", group: "method", transform: "function",
  table: "constant", model: "type", map: "namespace", type: "type", word: "keyword", function: "function" };

/** An editor in place of a text field: { text, replace, show, light, reveal }. */
export async function editor(field, place, hooks) {
  try {
    return rich(await import("./vendor/codemirror.js"), field, place, hooks);
  } catch (error) {
    return plain(field, hooks);
  }
}

function plain(field, hooks) {
  field.addEventListener("input", hooks.changed);
  return {
    text: () => field.value,
    replace: (value) => { field.value = value; hooks.changed(); },
    show: () => {},
    light: (ranges) => ranges.length && select(field, ranges[0]),
    reveal: (range) => { select(field, range); field.focus(); },
  };
}

function select(field, [line, column, endLine, endColumn]) {
  const rows = field.value.split("\n");
  const offset = (row, at) => rows.slice(0, row - 1).join("\n").length + (row > 1 ? 1 : 0) + at - 1;
  field.setSelectionRange(offset(line, column), offset(endLine, endColumn));
  field.scrollTop = (line - 4) * (field.scrollHeight / rows.length);
}

function rich(cm, field, place, hooks) {
  const root = place.attachShadow({ mode: "open" });
  const lit = cm.StateEffect.define();
  const lights = cm.StateField.define({
    create: () => cm.Decoration.none,
    update(marks, change) {
      for (const effect of change.effects) if (effect.is(lit)) return effect.value;
      return marks.map(change.changes);
    },
    provide: (one) => cm.EditorView.decorations.from(one),
  });
  const view = new cm.EditorView({
    root,
    parent: root,
    state: cm.EditorState.create({
      doc: field.value,
      extensions: [
        cm.lineNumbers(), cm.highlightActiveLine(), cm.highlightActiveLineGutter(), cm.highlightSpecialChars(),
        cm.history(), cm.drawSelection(), cm.bracketMatching(), cm.closeBrackets(), cm.indentUnit.of("  "),
        cm.EditorView.lineWrapping, cm.lintGutter(), lights, look(cm), colours(cm),
        cm.StreamLanguage.define(fml),
        cm.autocompletion({ override: [(context) => options(context, hooks)], icons: false, maxRenderedOptions: 80 }),
        cm.keymap.of([
          { key: "Mod-Enter", run: () => (hooks.run(), true) },
          { key: "Mod-s", run: () => (hooks.save(), true) },
          ...cm.closeBracketsKeymap, ...cm.completionKeymap, ...cm.lintKeymap, ...cm.searchKeymap,
          ...cm.historyKeymap, ...cm.defaultKeymap,
        ]),
        cm.EditorView.contentAttributes.of({ "aria-label": hooks.label, "aria-multiline": "true", tabindex: "0" }),
        cm.EditorView.updateListener.of((change) => {
          if (!change.docChanged) return;
          field.value = change.state.doc.toString();
          hooks.changed();
        }),
        cm.EditorState.readOnly.of(field.readOnly),
      ],
    }),
  });
  field.hidden = true;
  hooks.dressed();
  const offset = (line, column) => {
    const row = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    return Math.min(row.from + column - 1, row.to);
  };
  const range = ([line, column, endLine, endColumn]) => [offset(line, column), offset(endLine, endColumn)];
  return {
    text: () => view.state.doc.toString(),
    replace(value) {
      const now = view.state.doc.toString();
      let from = 0, end = 0;
      while (from < Math.min(now.length, value.length) && now[from] === value[from]) from += 1;
      const rest = Math.min(now.length, value.length) - from;
      while (end < rest && now.at(-1 - end) === value.at(-1 - end)) end += 1;
      view.dispatch({ changes: { from, to: now.length - end, insert: value.slice(from, value.length - end) } });
    },
    show(diagnostics) {
      const own = diagnostics.filter((one) => !one.file).map((one) => {
        const [from, to] = range([one.line, one.column, one.end_line, one.end_column]);
        return { from, to: Math.max(to, from), severity: one.severity, message: one[hooks.lang] };
      });
      view.dispatch(cm.setDiagnostics(view.state, own));
    },
    light(ranges) {
      const marks = ranges.map(range).filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0])
        .map(([from, to]) => cm.Decoration.mark({ class: "cm-lit" }).range(from, to));
      const effects = [lit.of(cm.Decoration.set(marks))];
      if (marks.length) effects.push(cm.EditorView.scrollIntoView(marks[0].from, { y: "center" }));
      view.dispatch({ effects });
    },
    reveal(given) {
      const [from, to] = range(given);
      view.dispatch({ selection: { anchor: from, head: to }, effects: cm.EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    },
  };
}

async function options(context, hooks) {
  const before = context.matchBefore(/[\w$]*$/);
  const dot = context.matchBefore(/[.%'"]\w*$/);
  if (!context.explicit && !dot && (!before || before.to - before.from < 2)) return null;
  const row = context.state.doc.lineAt(context.pos);
  const found = await hooks.complete(row.number, context.pos - row.from + 1, context);
  if (!found || context.aborted) return null;
  const start = context.state.doc.line(found.line);
  return {
    from: start.from + found.column - 1,
    options: found.options.map((one, index) => ({
      label: one.label, detail: one.detail, info: one.told || undefined, type: OPTIONS[one.kind], boost: -index / 10,
    })),
    validFor: /^[\w$]*$/,
  };
}

function look(cm) {
  return cm.EditorView.theme({
    "&": { fontSize: "13.5px", backgroundColor: "#fff", color: "#17221f", height: "38rem", maxHeight: "72vh" },
    "&.cm-focused": { outline: "3px solid #c77700", outlineOffset: "-3px" },
    ".cm-scroller": { fontFamily: 'ui-monospace, "DejaVu Sans Mono", Consolas, monospace', lineHeight: "1.55", overflow: "auto" },
    ".cm-gutters": { backgroundColor: "#f3f6f4", color: "#51605b", borderRight: "1px solid #d5ddd9" },
    ".cm-activeLine": { backgroundColor: "#eef5f280" },
    ".cm-activeLineGutter": { backgroundColor: "#dfe9e4" },
    ".cm-lit": { backgroundColor: "#ffe9a0", outline: "1px solid #b98900", borderRadius: "2px" },
    ".cm-lintRange-error": { backgroundImage: "none", borderBottom: "3px double #c01f1f" },
    ".cm-lintRange-warning": { backgroundImage: "none", borderBottom: "2px dashed #b98900" },
    ".cm-diagnostic": { fontFamily: "system-ui, sans-serif", maxWidth: "32rem" },
    ".cm-tooltip": { border: "1px solid #7b8a85", borderRadius: "6px", backgroundColor: "#fff" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px", lineHeight: "1.5" },
    ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "#0b5d4e", color: "#fff" },
    ".cm-completionDetail": { color: "#51605b", fontStyle: "normal", marginLeft: "1em" },
    "li[aria-selected] .cm-completionDetail": { color: "#e3f3ee" },
    ".cm-completionInfo": { maxWidth: "24rem", fontFamily: "system-ui, sans-serif" },
  });
}

function colours(cm) {
  const t = cm.tags;
  return cm.syntaxHighlighting(cm.HighlightStyle.define([
    { tag: t.keyword, color: "#7a1f6b", fontWeight: "600" },
    { tag: t.string, color: "#0b5236" },
    { tag: t.comment, color: "#5c6863", fontStyle: "italic" },
    { tag: t.meta, color: "#5c6863" },
    { tag: t.typeName, color: "#1c4b86" },
    { tag: t.propertyName, color: "#17221f" },
    { tag: t.function(t.variableName), color: "#8a3b00" },
    { tag: t.special(t.variableName), color: "#8a3b00" },
    { tag: t.number, color: "#1c4b86" },
    { tag: t.operator, color: "#7a1f6b" },
  ]));
}
