// Live fragments: one stream for all topics of the page; a message says which fragment to fetch
// again, never its content. Rows with data-key slide to their new place.
(() => {
  "use strict";
  const MOST_TOPICS = 20;
  const SLEEP_MS = 40_000;
  let source = null;
  let listening = "";
  let lastSeen = Date.now();
  let retryMs = 3000;

  const fragments = () => [...document.querySelectorAll("[data-live]")];
  const topicsOf = (element) => element.dataset.live.split(/\s+/).filter(Boolean);

  // The first message goes through at once; a burst is one more fetch when the rows have slid.
  const BURST_MS = 150;
  const fetched = new Map();
  function stateOf(element) {
    const key = element.id || element;
    if (!fetched.has(key)) fetched.set(key, { at: -Infinity, timer: 0, asker: null, again: false });
    return fetched.get(key);
  }
  const current = (element) => (element.id && document.getElementById(element.id)) || element;
  function refetch(element) {
    const state = stateOf(element);
    const wait = state.at + BURST_MS - performance.now();
    if (state.timer) return;
    if (wait <= 0) { ask(element, state); return; }
    state.timer = setTimeout(() => {
      state.timer = 0;
      ask(current(element), state);
    }, wait);
  }
  function ask(element, state) {
    state.at = performance.now();
    if (isHeld(element)) waiting.add(element.id);
    else if (state.asker && state.asker.isConnected) state.again = true;
    else if (window.htmx) window.htmx.trigger(element, "live");
  }
  // What is asked while an answer is awaited may not be in that answer, and htmx would forget it
  // together with the element that the answer replaces: it is asked again when the answer is here.
  document.addEventListener("htmx:beforeSend", (event) => {
    const { elt } = event.detail.requestConfig;
    if (elt.matches("[data-live]")) stateOf(elt).asker = elt;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt } = event.detail.requestConfig;
    if (!elt.matches("[data-live]")) return;
    const state = stateOf(elt);
    // htmx needs a moment before a new fragment hears: that long is another burst
    state.at = performance.now();
    state.asker = null;
    if (!state.again) return;
    state.again = false;
    refetch(current(elt));
  });
  const refetchAll = () => fragments().forEach(refetch);

  // Who presses or writes in a fragment keeps it until they are done: a button that is replaced
  // between press and release never hears of the click, and a word half written would be gone.
  const waiting = new Set();
  let pressed = null;
  // A fragment whose answer is here and slides in with the next frame.
  let coming = null;
  // What was written stays also when the writer has gone on to another field; what a browser filled
  // in by itself holds nothing.
  const written = new WeakSet();
  document.addEventListener("input", (event) => written.add(event.target), true);
  function isWritten(field) {
    if (field === document.activeElement && field.matches("select")) return true;
    if (!written.has(field)) return false;
    if (field.matches("select")) return [...field.options].some((one) => one.selected !== one.defaultSelected);
    if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
    return field.value !== field.defaultValue;
  }
  function isHeld(fragment) {
    return [...fragment.querySelectorAll("input, select, textarea")].some(isWritten)
      || fragment === coming || Boolean(pressed && fragment.contains(pressed));
  }
  // While rows begin to slide the whole page stands still and hears no click: who presses comes first.
  let sliding = null;
  const press = (event) => {
    if (event.button) return;
    pressed = event.target;
    if (sliding) sliding.skipTransition();
  };
  // The click comes after the release, on a touch screen some moments later.
  const release = () => setTimeout(() => { pressed = null; catchUp(); }, 100);
  function catchUp() {
    for (const id of [...waiting]) {
      const element = document.getElementById(id);
      if (element && isHeld(element)) continue;
      waiting.delete(id);
      if (element) refetch(element);
    }
  }
  document.addEventListener("pointerdown", press, true);
  document.addEventListener("keydown", (event) => { if (event.key === " ") press(event); }, true);
  ["pointerup", "pointercancel", "keyup"].forEach((name) => document.addEventListener(name, release, true));
  window.addEventListener("blur", release);
  document.addEventListener("focusout", () => setTimeout(catchUp, 0));

  // The reader's place: the same control of the new fragment has the focus that the old one had.
  const CONTROLS = "a[href], button, input, select, textarea, summary";
  const sameAs = (control) => [control.tagName, control.name, control.getAttribute("href"), control.textContent.trim()].join("|");
  function placeIn(fragment) {
    const control = document.activeElement;
    if (!control || !fragment.contains(control) || !control.matches(CONTROLS)) return () => {};
    const wanted = sameAs(control);
    return (root) => {
      if (document.activeElement !== document.body) return;
      const found = [...root.querySelectorAll(CONTROLS)].find((one) => sameAs(one) === wanted);
      if (found) found.focus({ preventScroll: true });
    };
  }

  // What the reader has opened is open in the new fragment too.
  const named = (details) => details.querySelector("summary")?.textContent.trim();
  function openIn(fragment) {
    const open = new Set([...fragment.querySelectorAll("details[open]")].map(named));
    return (root) => root.querySelectorAll("details:not([open])").forEach((one) => {
      if (open.has(named(one))) one.open = true;
    });
  }

  function onChange(message) {
    lastSeen = Date.now();
    const { topic } = JSON.parse(message.data);
    fragments().filter((element) => topicsOf(element).includes(topic)).forEach(refetch);
  }

  function connect() {
    const topics = [...new Set(fragments().flatMap(topicsOf))].sort().slice(0, MOST_TOPICS);
    const query = topics.map((topic) => `topic=${encodeURIComponent(topic)}`).join("&");
    if (source && query === listening && source.readyState !== EventSource.CLOSED) return;
    if (source) source.close();
    source = null;
    listening = query;
    if (!query) return;
    let opened = false;
    source = new EventSource(`/live/?${query}`);
    source.addEventListener("change", onChange);
    source.addEventListener("refetch", refetchAll);
    source.addEventListener("open", () => {
      // After a break anything may have been missed.
      if (opened) refetchAll();
      opened = true;
      retryMs = 3000;
      document.documentElement.dataset.stream = "open";
    });
    source.addEventListener("error", () => {
      document.documentElement.dataset.stream = "lost";
      // The browser tries again by itself, except after an answer that was no stream.
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(reconnect, retryMs);
        retryMs = Math.min(retryMs * 2, 60_000);
      }
    });
  }

  function reconnect() {
    if (source) return;
    listening = "";
    connect();
    refetchAll();
  }

  // A laptop that slept keeps a dead stream for minutes: start anew and fetch.
  function wake() {
    if (document.visibilityState !== "visible") return;
    const slept = Date.now() - lastSeen > SLEEP_MS;
    lastSeen = Date.now();
    if (!source || !slept) return;
    source.close();
    source = null;
    reconnect();
  }

  const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  // A window that is resized breaks a transition off; the new rows stand there all the same.
  const begin = document.startViewTransition && document.startViewTransition.bind(document);
  let moving = null;
  if (begin) {
    document.startViewTransition = (work) => {
      const fragment = moving;
      moving = null;
      coming = fragment;
      const transition = begin(() => {
        coming = null;
        if (fragment) stateOf(fragment).at = performance.now();
        setTimeout(catchUp, 0);
        // pressed since the answer came: the row must not slide away under the finger
        if (fragment && isHeld(fragment)) { waiting.add(fragment.id); return undefined; }
        return work();
      });
      sliding = transition;
      transition.ready.catch(() => {});
      transition.finished.finally(() => { if (sliding === transition) sliding = null; });
      return transition;
    };
  }

  const SLIDE = 600;
  let slidAt = -SLIDE;

  // Names only while a transition runs; ids may hold any character, names may not.
  function nameRows(root, on) {
    const rows = root.querySelectorAll("[data-key]");
    if (rows.length > 80) return;
    const seen = new Set();
    rows.forEach((row) => {
      const name = `row-${row.dataset.key.replace(/[^A-Za-z0-9_-]/g, "_")}`;
      row.style.viewTransitionName = on && !seen.has(name) ? name : "";
      seen.add(name);
    });
  }

  function wasRedirected(detail) {
    const asked = new URL(detail.pathInfo.finalRequestPath, window.location.href);
    return new URL(detail.xhr.responseURL || asked).pathname !== asked.pathname;
  }

  function markChanged(before, root) {
    root.querySelectorAll("[data-key]").forEach((row) => {
      const old = before.get(row.dataset.key);
      if (old !== undefined && old !== row.dataset.value) row.classList.add("changed");
    });
  }

  // Once, for the answer to this request: another fragment may be swapped in between. What never
  // comes, as where somebody pressed, is not waited for.
  function afterwards(name, request, work) {
    const heard = (event) => {
      if (event.detail.xhr !== request) return;
      document.removeEventListener(name, heard);
      work();
    };
    document.addEventListener(name, heard);
    setTimeout(() => document.removeEventListener(name, heard), 5000);
  }

  // Swaps of live fragments: htmx asks here before it puts the new content in.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    const live = target.closest && target.closest("[data-live]");
    if (!live || !event.detail.shouldSwap) return;
    const cause = event.detail.requestConfig.triggeringEvent;
    if (cause && cause.type === "live" && isHeld(live)) {
      event.detail.shouldSwap = false;
      waiting.add(live.id);
      return;
    }
    if (/<html[\s>]/i.test(event.detail.serverResponse || "")) {
      if (wasRedirected(event.detail)) {
        // The session ended: show the sign-in page as a page, not inside the board.
        event.detail.shouldSwap = false;
        window.location.reload();
        return;
      }
      if (live.id) event.detail.selectOverride = `#${CSS.escape(live.id)}`;
    }
    const rows = [...live.querySelectorAll("[data-key]")];
    const before = new Map(rows.map((row) => [row.dataset.key, row.dataset.value]));
    const id = live.id;
    const place = placeIn(live);
    const open = openIn(live);
    const now = () => (id && document.getElementById(id)) || live;
    const changed = () => {
      markChanged(before, now());
      place(now());
    };
    afterwards("htmx:afterSwap", event.detail.xhr, () => open(now()));
    afterwards("htmx:afterSettle", event.detail.xhr, changed);
    const style = event.detail.swapOverride || live.getAttribute("hx-swap") || "outerHTML";
    if (!document.startViewTransition || still() || document.hidden || !rows.length || pressed) return;
    // A second transition would break off the first: fragments that come together just appear.
    if (performance.now() - slidAt < SLIDE) return;
    slidAt = performance.now();
    nameRows(live, true);
    moving = live;
    if (!style.includes("transition")) event.detail.swapOverride = `${style} transition:true`;
    afterwards("htmx:afterSwap", event.detail.xhr, () => nameRows(document, true));
    setTimeout(() => nameRows(document, false), 1500);
  });

  document.addEventListener("htmx:load", () => connect());
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", reconnect);
  window.addEventListener("pageshow", (event) => { if (event.persisted) reconnect(); });
  window.addEventListener("pagehide", () => { if (source) source.close(); source = null; listening = ""; });
  setInterval(() => { if (document.visibilityState === "visible") lastSeen = Date.now(); }, 10_000);
  // Not before htmx knows the fragments, as it does then: a message may come with the first byte.
  if (document.readyState === "complete") connect();
  else document.addEventListener("DOMContentLoaded", connect);
})();
