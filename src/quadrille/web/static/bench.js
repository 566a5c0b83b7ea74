// The scenario bench: a slider that moves asks for the forecast there; the last position asked wins.
"use strict";
(() => {
  const home = document.getElementById("bench");
  const of = (id) => document.getElementById(id);
  const [level, step, other, also, two, wait, said, rows] =
    ["b-level", "b-step", "b-other", "b-also", "b-two", "b-wait", "b-said", "b-rows"].map(of);
  const signed = (v) => (v > 0 ? "+" : "") + String(v).replace("-", "−");
  const periods = home.dataset.periods.split(" ");
  let busy = false, next = false, resting = 0;

  const query = () => {
    const q = new URLSearchParams({ a: home.dataset.a, b: home.dataset.b, on: home.dataset.on, level: level.value, step: step.value });
    if (also.checked) q.set("other", other.value);
    return q;
  };
  const label = () => {
    of("b-level-now").textContent = signed(Number(level.value));
    of("b-other-now").textContent = signed(Number(other.value));
    of("b-step-now").textContent = periods[step.value - 1];
    two.hidden = !also.checked;
    other.disabled = !also.checked;
  };
  const show = (got) => {
    for (const [id, d] of Object.entries(got.paths)) { const e = of(id); if (e) e.setAttribute("d", d); }
    said.replaceChildren(...got.sentences.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    rows.replaceChildren(...got.rows.map((row) => {
      const tr = document.createElement("tr");
      tr.replaceChildren(...row.map((v) => Object.assign(document.createElement("td"), { textContent: v })));
      return tr;
    }));
  };
  const ask = async () => {
    if (busy) { next = true; return; }
    busy = true;
    try {
      do {
        next = false;
        const got = await fetch(`${home.dataset.ask}?${query()}`);
        const made = await got.json();
        if (got.ok) { show(made); wait.textContent = ""; } else wait.textContent = made.error.message;
      } while (next);
    } catch (why) { wait.textContent = "The server does not answer."; }
    busy = false;
  };
  // Said aloud only when the slider rests; while it moves, a reader would never come to an end.
  const moved = () => {
    label();
    said.setAttribute("aria-live", "off");
    clearTimeout(resting);
    resting = setTimeout(() => {
      said.setAttribute("aria-live", "polite");
      const q = query(); q.set("open", "bench");
      history.replaceState(null, "", `?${q}`);
    }, 400);
    ask();
  };
  for (const e of [level, step, other]) e.addEventListener("input", moved);
  also.addEventListener("change", moved);
  of("b-go").hidden = true;
  label();
})();
