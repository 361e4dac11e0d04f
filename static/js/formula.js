// The names beside a formula: found as one types, put in by a press. Without it they can be read.
(() => {
  "use strict";
  const list = document.querySelector("[data-names]");
  const field = document.querySelector("[data-formula]");
  if (!list || !field) return;
  const find = list.querySelector("[data-names-find]");
  const none = list.querySelector("[data-names-none]");
  const rows = [...list.querySelectorAll("[data-name]")];
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const said = new Map(rows.map((row) => [row, plain(row.textContent)]));

  // --- the word at the cursor: what is being written ---
  function word() {
    const before = field.value.slice(0, field.selectionStart);
    const after = field.value.slice(field.selectionStart);
    const start = before.search(/[\p{L}\d_]*$/u);
    const rest = after.match(/^[\p{L}\d_]*/u)[0].length;
    return { start, end: before.length + rest, text: before.slice(start) };
  }

  function show(text) {
    const words = plain(text).split(/[\s_]+/).filter(Boolean);
    let found = 0;
    rows.forEach((row) => {
      row.hidden = !words.every((one) => said.get(row).includes(one));
      if (!row.hidden) found += 1;
    });
    none.hidden = found > 0;
  }

  find.addEventListener("input", () => show(find.value));
  field.addEventListener("input", () => {
    if (find.value) return;
    const { text } = word();
    const known = rows.some((row) => row.dataset.name === text);
    show(/^\p{L}/u.test(text) && !known ? text : "");
  });

  list.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-insert]");
    if (!pick) return;
    const { start, end, text } = word();
    // a word that is no name yet is what was looked for: the name stands in its place
    const known = rows.some((row) => row.dataset.name === text);
    const from = known ? end : start;
    const gap = from > 0 && /[\p{L}\d_]$/u.test(field.value.slice(0, from)) ? " " : "";
    field.setRangeText(gap + pick.dataset.insert, from, end, "end");
    find.value = "";
    show("");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
