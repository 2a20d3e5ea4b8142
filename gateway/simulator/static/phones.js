// Only an improvement: without this file every press is a form and a page.
"use strict";
(() => {
  const GSM = new Set(document.body.dataset.gsm), TWICE = new Set("\f^{}\\[~]|€");
  const here = location.pathname;
  let queue = Promise.resolve(), waiting = 0, saidUntil = 0;

  // How many SMS a text takes, as menus/gsm.py counts.
  function count(text) {
    const units = [...text].map((c) => GSM.has(c) ? (TWICE.has(c) ? 2 : 1) : 0);
    const gsm = !units.includes(0);
    const widths = gsm ? units : [...text].map((c) => c.length);
    const [single, part] = gsm ? [160, 153] : [70, 67];
    const sum = widths.reduce((a, b) => a + b, 0);
    let parts = 1, used = 0;
    if (sum > single) for (const width of widths) {
      if (used + width > part) { parts += 1; used = 0; }
      used += width;
    }
    return `${sum}/${parts > 1 ? parts * part : single} · ${parts} SMS · ${gsm ? "GSM-7" : "UCS-2"}`;
  }

  function tally(entry) {
    const dial = /^\*.*#?$/.test(entry.value);
    entry.parentElement.querySelector("[data-count]").textContent = entry.value && !dial ? count(entry.value) : "";
  }

  // A form's token is new with every page, and is no news.
  const plain = (part) => part.innerHTML.replace(/name="csrf_token" value="[^"]*"/g, "");

  // What the server shows now, into the parts that are alive; all of it when phones came or went.
  function swap(html, answers) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const main = document.querySelector("main"), next = fresh.querySelector("main");
    if (!next) return;
    if (main.dataset.shape !== next.dataset.shape) {
      const open = [...main.querySelectorAll("details[open]")].map((one) => one.id);
      main.replaceWith(next);
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    }
    const number = document.querySelector("#add [name=number]"), free = fresh.querySelector("#add [name=number]");
    if (number && free && number.value === number.defaultValue) number.value = number.defaultValue = free.value;
    for (const part of fresh.querySelectorAll("[data-live]")) {
      const old = document.getElementById(part.id);
      if (part.id === "notice") {  // what was refused stays long enough to be read
        if (answers && part.textContent.trim()) saidUntil = Date.now() + 8000;
        else if (Date.now() < saidUntil) continue;
      }
      if (old && plain(old) !== plain(part)) {
        const below = old.scrollTop;
        old.innerHTML = part.innerHTML;
        old.scrollTop = old.classList.contains("lcd") ? 0 : below;
      }
    }
  }

  // One after the other, so that no press overtakes the one before it.
  function load(url, options) {
    waiting += 1;
    const loaded = queue.then(() => fetch(url, options)).then(async (answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
      swap(await answer.text(), Boolean(options));
    }).finally(() => { waiting -= 1; });
    queue = loaded.catch(() => {});
    return loaded;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-phone] button");
    if (!button || !(button.name === "key" || button.value === "erase")) return;
    event.preventDefault();
    const entry = button.form.elements.entry;
    entry.value = button.name === "key" ? entry.value + button.value : entry.value.slice(0, -1);
    tally(entry);
  });

  document.addEventListener("input", (event) => {
    if (event.target.classList.contains("entry")) tally(event.target);
  });

  document.addEventListener("keydown", (event) => {
    const phone = event.target.closest("[data-phone]");
    if (event.key === "Escape" && phone) phone.querySelector(".red").click();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || "whole" in form.dataset) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const entry = form.elements.entry, typed = entry && entry.value;
    if (entry) { entry.value = ""; tally(entry); }
    load(form.action, { method: "POST", body }).catch(() => {
      if (entry && !entry.value) { entry.value = typed; tally(entry); }
    });
    if (form.closest("#stories")) form.closest("#stories").open = false;
  });

  setInterval(() => { if (!waiting && !document.hidden) load(here).catch(() => {}); }, 2000);
})();
