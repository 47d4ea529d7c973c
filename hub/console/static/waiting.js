// Slow links: says that something was sent or asked for, sends no form twice, and says when what
// refreshes itself does not come any more. Every page works without it.
"use strict";
(() => {
  const place = document.getElementById("waiting");
  if (!place) return;
  const SOON = 300; // milliseconds: what comes sooner needs no word
  const now = () => new Date().toLocaleTimeString("fr-FR");
  let timer = 0;
  let fresh = now(); // when what is shown came

  function say(text, bad = false) {
    place.textContent = text;
    place.classList.toggle("bad", bad);
    place.hidden = !text;
  }

  function settle() {
    clearTimeout(timer);
    say("");
    for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
  }

  function later(text) {
    clearTimeout(timer);
    timer = setTimeout(() => say(text), SOON);
  }

  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.target === "_blank") return;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    later(form.method === "post" ? place.dataset.sending : place.dataset.loading);
  });

  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const apart = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || event.defaultPrevented || apart || link.target || link.matches("[download], [data-file]")) return;
    const here = link.origin === location.origin && link.pathname === location.pathname && link.search === location.search;
    if (link.origin === location.origin && !(here && link.hash)) later(place.dataset.loading);
  });

  // A page that the browser kept is shown as it was left; a question before leaving may be answered no.
  window.addEventListener("pageshow", settle);
  window.addEventListener("beforeunload", (event) => {
    if (event.defaultPrevented) setTimeout(settle, 1000);
  });

  const gone = (event) => {
    const { ctx } = event.detail ?? {};
    if (ctx?.request?.method && ctx.request.method !== "GET") return;
    say(`${place.dataset.stale} ${fresh}`, true);
  };
  document.addEventListener("htmx:error", gone);
  document.addEventListener("htmx:response:error", gone);
  document.addEventListener("htmx:after:swap", (event) => {
    // It is also told of an answer that was not put in.
    const { status } = event.detail?.ctx?.response ?? {};
    if (status >= 400) return;
    fresh = now();
    if (place.classList.contains("bad")) say("");
  });
})();
