// The frame: drawer, toasts, theme, count-up, sortable tables, small form manners.
// Pages work without it; it only saves steps.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  // --- drawer: explanations beside the figure ---
  document.addEventListener("htmx:afterSwap", (event) => {
    const drawer = $("#drawer");
    if (event.detail.target.id !== "drawer-body" || !drawer) return;
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
  });
  // A view that answered its whole page: show what its main part holds.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const whole = /<html[\s>]/i.test(event.detail.serverResponse || "");
    if (event.detail.target.id === "drawer-body" && whole) event.detail.selectOverride = "#main > *";
  });
  document.addEventListener("click", (event) => {
    if (event.target.id === "drawer") event.target.close();
  });

  // --- toasts ---
  function armToast(toast) {
    if (toast.dataset.armed) return;
    toast.dataset.armed = "yes";
    // A message with something to do stays until it is closed, and so does a failure.
    if (toast.querySelector("form") || toast.classList.contains("error")) return;
    setTimeout(() => toast.remove(), 7000);
  }
  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close]");
    if (close) close.closest("[data-toast]").remove();
  });
  function trouble() {
    const template = $("#trouble");
    const toasts = $("#toasts");
    if (!template || !toasts || toasts.querySelector(".trouble")) return;
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.classList.add("trouble");
    toasts.append(toast);
  }
  document.addEventListener("htmx:sendError", trouble);
  document.addEventListener("htmx:responseError", (event) => {
    if (!event.detail.elt.closest("[data-live]")) trouble();
  });

  // --- theme: at once, and remembered by the same cookie that the server sets ---
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-theme-switch]") || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    document.documentElement.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    $$("[data-theme-switch] button").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.value === theme));
    });
  });

  // --- menus close on Escape and on a click elsewhere ---
  document.addEventListener("click", (event) => {
    $$("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    $$("details.menu[open]").forEach((menu) => {
      menu.open = false;
      if (menu.contains(document.activeElement)) $("summary", menu).focus();
    });
  });

  // --- figures count up once per page; the text that the server wrote is where they end ---
  function countUp(element) {
    const node = [...element.childNodes].find((child) => child.nodeType === Node.TEXT_NODE && /\d/.test(child.data));
    if (!node || element.dataset.counted) return;
    element.dataset.counted = "yes";
    const final = node.data;
    const digits = final.replace(/\D/g, "");
    if (still() || digits.length < 2 || digits.length > 15) return;
    const began = performance.now();
    const step = (now) => {
      const part = Math.min((now - began) / 700, 1);
      if (part === 1) { node.data = final; return; }
      const eased = 1 - (1 - part) ** 3;
      const shown = String(Math.floor(Number(digits) * eased)).padStart(digits.length, "0");
      node.data = withDigits(final, shown);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
  // The same punctuation with other digits; leading zeros and their separators become blanks.
  function withDigits(pattern, digits) {
    let index = 0;
    let leading = true;
    return pattern.replace(/\d|[\s.,\u202f\u00a0](?=\d)/g, (sign) => {
      if (!/\d/.test(sign)) return leading ? "\u2008" : sign;
      const digit = digits[index++];
      if (digit !== "0" || index >= digits.length - 1) leading = false;
      return leading ? "\u2007" : digit;
    });
  }

  // --- sortable tables ---
  function armTable(table) {
    if (table.dataset.armed) return;
    table.dataset.armed = "yes";
    $$("thead th[data-sort]", table).forEach((head) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sortBy(table, head));
    });
  }
  function sortBy(table, head) {
    const column = head.cellIndex;
    const up = head.getAttribute("aria-sort") !== "ascending";
    const numeric = head.dataset.sort === "number";
    const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const compare = (a, b) => {
      const [left, right] = [key(a), key(b)];
      if (!numeric) return left.localeCompare(right, document.documentElement.lang);
      // A missing value stays last in both directions.
      const [one, two] = [Number.parseFloat(left), Number.parseFloat(right)];
      if (Number.isNaN(one) || Number.isNaN(two)) return (Number.isNaN(one) - Number.isNaN(two)) * (up ? 1 : -1);
      return one - two;
    };
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => (up ? compare(a, b) : compare(b, a)));
    body.append(...rows);
    $$("thead th", table).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
  }

  // --- forms: ask before what cannot be undone, send on change, never send twice ---
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = form.dataset.confirm;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  document.addEventListener("change", (event) => {
    const control = event.target.closest("[data-autosubmit]");
    if (control && control.form) control.form.requestSubmit();
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const question = event.detail.elt.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // --- print: every step open ---
  window.addEventListener("beforeprint", () => {
    $$(".steps details:not([open])").forEach((step) => { step.open = true; step.dataset.forPrint = "yes"; });
  });
  window.addEventListener("afterprint", () => {
    $$("[data-for-print]").forEach((step) => { step.open = false; delete step.dataset.forPrint; });
  });

  function arm(root) {
    $$("[data-toast]", root).forEach(armToast);
    $$("table[data-sortable]", root).forEach(armTable);
  }
  function start() {
    arm(document);
    $$("[data-count-up]").forEach(countUp);
  }
  document.addEventListener("htmx:load", (event) => arm(event.detail.elt.parentNode || document));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
