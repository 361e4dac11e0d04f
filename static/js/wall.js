// A screen on a wall: opens itself by the secret of its link, turns its pictures, stays alive for
// weeks. live.js fetches the fragment when something changed; the fragment asks each minute anyway.
(() => {
  "use strict";
  const TURN_MS = 12_000;
  const FRESH_MS = 20_000;
  const STALE_MS = 150_000;
  // New styles and scripts of a deployment are here within the hour.
  const RENEW_MS = 3_600_000;
  const RETRY_MS = 60_000;
  const root = document.documentElement;

  // The secret leaves the address and the history before it is used.
  const opener = document.getElementById("wall-open");
  if (opener && window.location.hash.length > 1) {
    opener.elements.secret.value = window.location.hash.slice(1);
    window.history.replaceState(null, "", window.location.pathname);
    opener.submit();
    return;
  }

  // Only what the server has just answered is loaded as a page: a browser's own error page, or a
  // proxy's during a deployment, would stay on the wall.
  async function renew() {
    try {
      const answer = await fetch(window.location.pathname, { cache: "no-store" });
      if (answer.ok) window.location.reload();
    } catch { /* no network: later */ }
  }
  if (document.querySelector("[data-closed]")) {
    setInterval(renew, RETRY_MS);
    return;
  }

  let current = "";
  let known = null;
  let timer = 0;
  const slides = () => [...document.querySelectorAll("#wall [data-slide]")];

  function mark(slide) {
    slides().forEach((one) => one.classList.toggle("current", one === slide));
    current = slide.dataset.slide;
    document.querySelectorAll("#wall [data-dot]").forEach((dot) => {
      dot.classList.toggle("current", dot.dataset.dot === current);
    });
  }
  function show(slide, time) {
    mark(slide);
    clearTimeout(timer);
    timer = setTimeout(turn, time);
  }
  function turn() {
    const all = slides();
    const at = all.findIndex((one) => one.dataset.slide === current);
    show(all[(at + 1) % all.length], TURN_MS);
  }
  // After each fetch: what is new is celebrated at once, otherwise the same picture stays.
  function settle() {
    const all = slides();
    const events = all.filter((one) => one.hasAttribute("data-event"));
    const fresh = known && events.find((one) => !known.has(one.dataset.slide));
    known = new Set([...(known || []), ...events.map((one) => one.dataset.slide)]);
    const same = all.find((one) => one.dataset.slide === current);
    if (fresh) {
      fresh.classList.add("fresh");
      show(fresh, FRESH_MS);
    } else if (same) mark(same);
    else show(all[0], TURN_MS);
  }

  const began = Date.now();
  let answered = Date.now();
  const isWall = (event) => event.detail.requestConfig.elt.id === "wall";
  document.addEventListener("htmx:afterSwap", settle);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isWall(event) || !event.detail.successful) return;
    answered = Date.now();
    delete root.dataset.stale;
    if (answered - began > RENEW_MS) renew();
  });
  // Withdrawn: nothing of it stays on the wall.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 404) window.location.reload();
  });
  setInterval(() => {
    if (Date.now() - answered > STALE_MS) root.dataset.stale = "yes";
  }, 10_000);

  // A television that dims shows nothing; where the browser allows it, it stays awake.
  async function stayAwake() {
    if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try { await navigator.wakeLock.request("screen"); } catch { /* not allowed here */ }
  }
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  settle();
})();
