// The page works without this script. It makes figures live and fetches what takes long.
"use strict";

const own = document.currentScript;

// ------------------------------------------------------------------ theme

const dark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

const setUpTheme = () => {
  const button = document.querySelector("button.theme");
  const say = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.hidden = false;
  say();
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("theme", document.documentElement.dataset.theme); } catch (_) { /* storage is closed */ }
    say();
  });
};

// ------------------------------------------------------------------ figures

let vega;

const loadVega = () => vega ??= new Promise((done, fail) => {
  const script = document.createElement("script");
  script.src = own.dataset.vega;
  script.onload = done;
  script.onerror = fail;
  document.head.append(script);
});

// Expressions are walked as a tree, never compiled, so that the page needs no eval; styles are the page's own. Level 1 logs errors alone.
const LOOK = { ast: true, logLevel: 1, actions: false, renderer: "svg", mode: "vega", defaultStyle: false,
  tooltip: { disableDefaultStyle: true } };

const day = (text) => {
  const found = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(text);
  return found ? new Date(+found[1], (found[2] ?? 1) - 1, +(found[3] ?? 1)).getTime() : NaN;
};

// Rows of the table behind a figure, by the time at which their period begins.
const rowsOf = (figure) => {
  const table = document.getElementById(figure.dataset.numbers);
  if (!table) return { heads: [], rows: [] };
  const heads = [...table.querySelectorAll("thead tr > *")].map((c) => c.textContent);
  const rows = [...table.querySelectorAll("tbody tr")]
    .map((row) => ({ at: day(row.cells[0].textContent.trim()), cells: [...row.cells].map((c) => c.textContent.trim()) }))
    .filter((row) => !Number.isNaN(row.at));
  return { heads, rows };
};

const timeScale = (view) => {
  const names = Object.keys(view._runtime?.scales ?? {}).filter((n) => /(^|_)x$/.test(n));
  for (const name of names) {
    const domain = view.scale(name).domain();
    if (domain.length === 2 && domain[1] - domain[0] > 86400000) return domain.map(Number);
  }
  return null;
};

const setUpPeriods = (figure, view) => {
  const domain = timeScale(view);
  const { heads, rows } = rowsOf(figure);
  if (!domain || !rows.length) return;
  const plot = figure.querySelector(".live");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  figure.append(tip);

  const rowAt = (event) => {
    const spaces = [...plot.querySelectorAll("path.background")].map((p) => p.getBoundingClientRect());
    const under = spaces.find((r) => r.width > 60 && event.clientX >= r.left && event.clientX <= r.right);
    if (!under) return null;
    const at = domain[0] + (domain[1] - domain[0]) * (event.clientX - under.left) / under.width;
    return rows.reduce((best, row) => Math.abs(row.at - at) < Math.abs(best.at - at) ? row : best);
  };
  plot.addEventListener("pointermove", (event) => {
    const row = rowAt(event);
    tip.hidden = !row;
    if (!row) return;
    tip.replaceChildren(...heads.map((head, i) => [head, row.cells[i]]).filter(([, cell]) => cell).slice(0, 9)
      .map(([head, cell]) => { const line = document.createElement("div"); line.textContent = `${head}: ${cell}`; return line; }));
    const box = figure.getBoundingClientRect();
    const left = event.clientX - box.left + 14;
    tip.style.left = `${Math.max(0, Math.min(left, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${event.clientY - box.top + 14}px`;
  });
  plot.addEventListener("pointerleave", () => { tip.hidden = true; });
  if (!figure.dataset.at) return;
  plot.classList.add("leads");
  plot.addEventListener("click", (event) => {
    const row = rowAt(event);
    if (row) location.assign(figure.dataset.at.replace("0000", encodeURIComponent(row.cells[0])));
  });
};

const makeLive = async (figure) => {
  const wide = figure.clientWidth >= 620;
  const [found] = await Promise.all([fetch(wide ? figure.dataset.desk : figure.dataset.phone), loadVega()]);
  if (!found.ok) return;
  const spec = await found.json();
  const place = document.createElement("div");
  place.className = "live";
  const { view } = await vegaEmbed(place, spec, LOOK);
  await view.runAsync();
  // To a reader it is one picture with one description, as the drawing of the server is; its table has the numbers.
  place.removeAttribute("aria-roledescription");
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", figure.querySelector("img").alt);
  for (const child of place.children) child.setAttribute("aria-hidden", "true");
  figure.querySelector("picture").replaceWith(place);
  figure.dataset.live = wide ? "desk" : "phone";
  setUpPeriods(figure, view);
};

const near = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    makeLive(target).catch(() => { /* the drawing of the server stays */ });
  }
}, { rootMargin: "300px" });

const setUpFigures = (within) => {
  for (const figure of within.querySelectorAll("figure.chart[data-desk]")) near.observe(figure);
};

// ------------------------------------------------------------------ what takes long

// How long it has taken, and how far it is where the work tells: seen, but not said aloud every other second.
const tellProgress = (address, after) => {
  const line = document.createElement("div");
  line.className = "soft";
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", "Part of the work that is done");
  bar.hidden = true;
  const said = document.createElement("span");
  line.append(bar, said);
  after.after(line);
  const began = Date.now();
  const look = async () => {
    try {
      const found = await (await fetch(address)).json();
      bar.hidden = !found.total;
      if (found.total) { bar.max = found.total; bar.value = found.done; }
      const part = found.total ? `, ${Math.min(99, Math.round(100 * found.done / found.total))}% of the work` : "";
      said.textContent = ` ${Math.round((Date.now() - began) / 1000)} s${part}`;
    } catch (_) { /* the answer itself says what is wrong */ }
  };
  const timer = setInterval(look, 2000);
  return () => { clearInterval(timer); line.remove(); };
};

const fetchPart = async (link) => {
  const section = link.closest("section");
  const note = document.createElement("p");
  note.setAttribute("role", "status");
  note.className = "wait";
  const takes = link.parentElement.querySelector("span")?.textContent ?? "";
  note.textContent = `Working on it … ${takes}`;
  link.parentElement.replaceWith(note);
  const done = tellProgress(link.dataset.progress, note);
  section.setAttribute("aria-busy", "true");
  try {
    const found = await fetch(link.dataset.part);
    const text = await found.text();
    if (!found.ok) {
      note.className = "none";
      note.textContent = text;
      return;
    }
    section.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    if (link.dataset.heading) section.querySelector("h2").textContent = link.dataset.heading;
    setUpFigures(section);
  } catch (_) {
    note.className = "none";
    note.textContent = "The server does not answer.";
  } finally {
    done();
    section.removeAttribute("aria-busy");
  }
};

// A piece of a page that another script has put in.
document.addEventListener("quadrille:part", (event) => setUpFigures(event.detail));

// A page that is made only when work is done: it is opened when the work is.
const openWhenDone = async (link) => {
  const note = document.createElement("span");
  note.setAttribute("role", "status");
  note.className = "wait";
  note.textContent = "Working on it …";
  link.parentElement.replaceChildren(note);
  const done = tellProgress(link.dataset.progress, note);
  try {
    const found = await fetch(link.dataset.first);
    if (found.ok) { location.assign(link.href); return; }
    note.className = "none";
    note.textContent = (await found.json()).error.message;
  } catch (_) {
    note.className = "none";
    note.textContent = "The server does not answer.";
  }
  done();
};

const setUpParts = () => {
  const parts = [...document.querySelectorAll("a[data-part]")];
  for (const link of parts) {
    link.addEventListener("click", (event) => { event.preventDefault(); fetchPart(link); });
  }
  for (const link of document.querySelectorAll("a[data-first]")) {
    link.addEventListener("click", (event) => { event.preventDefault(); openWhenDone(link); });
  }
  // A page whose answer takes long begins at once, part by part; without a script its form asks for the first.
  const waits = document.querySelector("form.ask input[name=open]");
  if (!waits) return;
  waits.remove();
  parts.reduce((before, link) => before.then(() => link.isConnected && fetchPart(link)), Promise.resolve());
};

// ------------------------------------------------------------------ forms

// An address holds only what was given.
const setUpForms = () => {
  for (const form of document.querySelectorAll("form.ask")) {
    form.addEventListener("submit", () => {
      for (const entry of form.elements) if (entry.name && !entry.value.trim()) entry.disabled = true;
    });
  }
  addEventListener("pageshow", () => {
    for (const entry of document.querySelectorAll("form.ask [disabled]")) entry.disabled = false;
  });
};

setUpTheme();
setUpForms();
setUpFigures(document);
setUpParts();
