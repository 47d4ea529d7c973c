// Drafts: saving, and what to do when somebody else has saved meanwhile.

/** The saving of one page: { save, changed }. */
export function saving({ at, say, lang, post, text }) {
  let kept = text.text();
  let theirs = null;

  const dirty = () => text.text() !== kept;
  window.addEventListener("beforeunload", (event) => {
    if (dirty() && at("save")) event.preventDefault();
  });
  at("take")?.addEventListener("click", () => {
    text.replace(theirs.text);
    settled(theirs);
  });
  at("mine")?.addEventListener("click", () => {
    at("seen").value = theirs.hash;
    save();
  });
  at("keep")?.addEventListener("click", () => send("keep", { name: at("name").value, source: at("source").value }, say.kept));

  async function save() {
    if (!at("save")) return;
    await send("save", {}, say.saved);
  }

  async function send(path, more, done) {
    at("busy").textContent = "…";
    try {
      const answer = await post(path, more);
      const told = await answer.json();
      if (answer.status === 409 && told.difference) conflict(told);
      else if (!answer.ok) at("busy").textContent = told.issues.map((one) => one[lang]).join(" ");
      else {
        if (told.text !== text.text()) text.replace(told.text);
        settled(told);
        at("busy").textContent = done;
      }
    } catch (error) {
      at("busy").textContent = say.failed;
    }
  }

  function settled(draft) {
    kept = draft.text;
    at("seen").value = draft.hash;
    at("conflict").hidden = true;
    at("save").textContent = say.again;
    at("busy").textContent = "";
    changed();
  }

  function conflict(told) {
    theirs = told.theirs;
    at("conflict-said").textContent = told[lang];
    at("conflict-lines").replaceChildren(...told.difference.map((line) => {
      const row = document.createElement("span");
      row.className = { "+": "added", "-": "gone", "@": "place" }[line[0]] ?? "";
      row.textContent = `${line}\n`;
      return row;
    }));
    for (const id of ["take", "mine"]) at(id).hidden = !theirs;
    at("conflict").hidden = false;
    at("conflict").scrollIntoView({ block: "start" });
    at("busy").textContent = "";
  }

  function changed() {
    const draft = at("draft");
    if (at("save")) draft.textContent = dirty() ? say.leave : "";
  }

  return { save, changed };
}
