// Evaluated in a page: sentences about what hinders people there; an empty list when nothing does.
() => {
  const found = [];
  const text = (element) => (element.textContent || "").replace(/\s+/g, " ").trim();
  const words = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""} "${text(element).slice(0, 40)}"`;
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const silent = (element) => element.closest("[aria-hidden=true]") !== null;

  if (!document.documentElement.lang) found.push("no language of the page");
  if (!document.title) found.push("no title");
  if (!document.querySelector("main")) found.push("no main part");

  // fields have names
  for (const field of all("input:not([type=hidden]), select, textarea")) {
    const named = (field.labels && [...field.labels].some(text)) || field.getAttribute("aria-label") || field.getAttribute("aria-labelledby");
    if (!named) found.push(`a field without a label: ${field.name || field.outerHTML.slice(0, 80)}`);
  }

  // what can be pressed says what it does
  for (const target of all("a[href], button, summary")) {
    const title = target.querySelector("svg title, [aria-label]");
    if (!text(target) && !target.getAttribute("aria-label") && !title) found.push(`nothing to read out: ${target.outerHTML.slice(0, 100)}`);
  }

  // headings: one of the first level, none left out
  const levels = all("h1, h2, h3, h4, h5, h6").filter((one) => !one.closest("dialog"));
  if (levels.filter((one) => one.tagName === "H1").length !== 1) found.push("not exactly one h1");
  let before = 0;
  for (const heading of levels) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) found.push(`level ${level} after ${before}: ${text(heading).slice(0, 40)}`);
    before = level;
  }

  // pictures are described or decoration
  for (const image of all("img")) if (!image.hasAttribute("alt")) found.push(`an image without alt: ${image.src}`);
  for (const drawing of all("svg")) {
    const label = drawing.getAttribute("aria-label") || drawing.querySelector("title");
    if (!silent(drawing) && !(drawing.getAttribute("role") === "img" && label)) found.push(`a drawing neither labelled nor hidden: ${drawing.outerHTML.slice(0, 100)}`);
  }

  // the order of the keyboard is the order of the page, ids are unique
  for (const element of all("[tabindex]")) if (element.tabIndex > 0) found.push(`an order of its own: ${words(element)}`);
  const ids = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    if (ids.has(id)) found.push(`an id twice: ${id}`);
    ids.add(id);
  }

  // tables say which cells are heads
  for (const table of all("table")) if (!table.querySelector("th")) found.push(`a table without heads: ${words(table)}`);

  // nothing sticks out sideways
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    const wide = all("main *").find((one) => one.getBoundingClientRect().right > page.clientWidth + 1 && !one.closest(".table-wrap"));
    found.push(`wider than the window by ${page.scrollWidth - page.clientWidth}: ${wide ? words(wide) : "?"}`);
  }

  // text against what is behind it: 4.5, or 3 when large (WCAG 1.4.3)
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const parts = (colour) => {
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(colour, [red, green, blue, alpha / 255]);
    }
    return known.get(colour);
  };
  const over = (top, below) => top.slice(0, 3).map((part, at) => part * top[3] + below[at] * (1 - top[3]));
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") return null;
      layers.push(parts(style.backgroundColor));
    }
    const ground = matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [255, 255, 255];
    return layers.reverse().reduce((below, layer) => over(layer, below), ground);
  };
  const light = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const told = new Set();
  for (const element of all("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!own || silent(element) || element.closest(".visually-hidden, svg, :disabled, .skip")) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    if (!ground) continue;
    const [one, two] = [light(over(parts(style.color), ground)), light(ground)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const kind = `${element.tagName}.${element.className}`;
    if (ratio < (large ? 3 : 4.5) && !told.has(kind)) found.push(`contrast ${ratio.toFixed(2)}: ${words(element)}`);
    told.add(ratio < (large ? 3 : 4.5) ? kind : "");
  }
  return found;
}
