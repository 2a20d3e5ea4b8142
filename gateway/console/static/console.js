// Only improves: every page works without it.
"use strict";
(() => {
  const $ = (selector) => document.querySelector(selector);
  const quick = $("[data-quick]");
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  // Quick exit: this page leaves the history of the tab, and is hidden at once.
  const leave = () => { document.documentElement.hidden = true; sessionStorage.clear(); location.replace(quick.href); };
  let escaped = 0;
  quick.addEventListener("click", (event) => { event.preventDefault(); leave(); });

  // Keys: / j k Enter a ? and Esc twice.
  const rows = () => [...document.querySelectorAll("[data-rows] > .row")];
  const walk = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("here"));
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    all.forEach((row) => row.classList.remove("here"));
    next.classList.add("here");
    next.querySelector("a").focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    "/": () => $("#find")?.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    a: () => ($("[data-main]") ?? $("main button.main"))?.focus(),
    "?": () => $(".keys")?.scrollIntoView(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (event.timeStamp - escaped < 1000) leave();
      escaped = event.timeStamp;
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // What was typed stays in this tab until its form has arrived, also over an idle log-out. Never passwords or codes,
  // and never for another officer at the same screen.
  const kept = (form) => `draft ${document.documentElement.dataset.me} ${location.pathname} ${form.dataset.draft}`;
  const [sentFrom, sentName] = JSON.parse(sessionStorage.getItem("sent") ?? "[]");
  if (sentName && (sentFrom !== location.pathname || /[?&]done=/.test(location.search)) && !$("#login")) {
    sessionStorage.removeItem(sentName);
    sessionStorage.removeItem("sent");
  }
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const fields = () => [...form.elements].filter((field) => field.name && /^(text|textarea|select-one|date)$/.test(field.type));
    const saved = JSON.parse(sessionStorage.getItem(kept(form)) ?? "{}");
    let opened = false;
    for (const field of fields()) {
      if (saved[field.name] && !field.value) { field.value = saved[field.name]; opened = true; }
    }
    if (opened) form.closest("details")?.setAttribute("open", "");
    form.addEventListener("input", () => {
      sessionStorage.setItem(kept(form), JSON.stringify(Object.fromEntries(fields().map((field) => [field.name, field.value]))));
    });
    form.addEventListener("submit", () => sessionStorage.setItem("sent", JSON.stringify([location.pathname, kept(form)])));
  }

  // A form is sent once; the server would see through a second time too.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000);
  });

  $("[data-leave]")?.addEventListener("submit", () => sessionStorage.clear());

  // After a quarter of an hour without a key or a click nobody is sitting here: the session is over, so is the page.
  const idle = Number(document.documentElement.dataset.idle) * 1000;
  if (idle) {
    let since = Date.now();
    for (const sign of ["keydown", "pointerdown"]) document.addEventListener(sign, () => { since = Date.now(); }, true);
    const end = () => {
      const form = $("[data-leave]");
      form.action += "?idle=1";
      form.submit(); // without a submit event: what was typed stays
    };
    const watch = setInterval(() => { if (Date.now() - since > idle) { clearInterval(watch); end(); } }, 10000);
  }
})();
