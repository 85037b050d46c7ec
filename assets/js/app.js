// Every page: htmx for filters that act at once, Alpine (its CSP build) for the few things that open and close.

import "../css/app.css";
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";
import { keyboard } from "./keyboard.js";
import { palette } from "./palette.js";
import { finder } from "./finder.js";
import { chosen } from "./theme.js";

// What a strict Content-Security-Policy forbids, and what must not stay in the browser, is off.
Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollBehavior: "instant",
  selfRequestsOnly: true,
});

Alpine.data("palette", palette);
Alpine.data("finder", finder);
Alpine.data("theme", chosen);
Alpine.start();

keyboard();

// Toasts go by themselves unless somebody is reading them.
for (const toast of document.querySelectorAll("[data-toast]")) {
  const leave = () => !toast.matches(":hover, :focus-within") && toast.remove();
  if (toast.dataset.toast !== "error") setInterval(leave, 6000);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog, [data-toast]")?.[closer.closest("dialog") ? "close" : "remove"]();
  if (event.target instanceof HTMLDialogElement) event.target.close();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
  const copier = event.target.closest("[data-copies]");
  if (copier) navigator.clipboard?.writeText(document.getElementById(copier.dataset.copies).textContent.trim());
});

// A form is sent once: a second click while it is on its way does nothing.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // it was not sent: something in it is still missing
  const form = event.target;
  if (form.dataset.sending && form.method === "post") event.preventDefault();
  form.dataset.sending = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

// The session ended while a filter was used: show the sign-in page whole, not inside the table.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status === 401 || xhr.responseURL.includes("/sign-in")) {
    event.preventDefault();
    window.location.assign(requestConfig.verb === "get" ? window.location.href : "/sign-in");
  }
});

// What comes after its page is spoken of while it is on its way, when it is there, and when it does not come.
const WORDS = { "htmx:beforeRequest": "on the way…", "htmx:afterSwap": "there now.", "htmx:responseError": "could not be fetched.", "htmx:sendError": "could not be fetched." };
for (const [name, words] of Object.entries(WORDS)) {
  document.body.addEventListener(name, ({ target }) => {
    if (!target.dataset?.arrives) return;
    target.setAttribute("aria-busy", String(name === "htmx:beforeRequest"));
    document.getElementById(target.dataset.arrives).textContent = `${target.dataset.called}: ${words}`;
    if (name.endsWith("Error")) target.firstElementChild.textContent = `${target.dataset.called} ${words} Load the page again to try once more.`;
  });
}

// Whoever pressed something that the answer took away goes on reading at the beginning of the answer. What has an id
// and is there again keeps the focus: htmx sees to that.
let within = null;
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  within = detail.target.contains(document.activeElement) ? detail.target : null;
});
document.body.addEventListener("htmx:afterSettle", () => {
  if (within?.isConnected && document.activeElement === document.body) {
    within.tabIndex = -1;
    within.focus({ preventScroll: true });
    if (within.getBoundingClientRect().top < 0) within.scrollIntoView();
  }
  within = null;
});

// A drawing wider than the screen begins in its middle, where its first step stands.
for (const box of document.querySelectorAll(".flow-box")) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;

// Fields that belong to one choice are shown with it: a select with data-chooses, parts with data-for and data-when.
document.addEventListener("change", (event) => {
  const select = event.target.closest("[data-chooses]");
  if (!select) return;
  for (const part of document.querySelectorAll(`[data-for="${select.dataset.chooses}"]`)) {
    part.hidden = part.dataset.when !== select.value;
  }
});
