// The map of the world: a slider that colours its states, and a play button that moves the slider.
"use strict";
(() => {
  const section = document.getElementById("map");
  const data = JSON.parse(document.getElementById("map-data").textContent);
  const [slider, now, said, play, show] = ["map-when", "map-now", "map-said", "map-play", "map-show"]
    .map((id) => document.getElementById(id));
  const title = document.getElementById("map-title");
  const states = [...section.querySelectorAll("[data-s]")];
  const names = new Map(states.map((e) => [e, e.querySelector("title").textContent]));
  const heading = title.textContent.replace(/ in \S+$/, "");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const live = section.dataset.live === "yes";
  let timer = 0, waiting = 0, asked = null;

  const paint = (k) => {
    const when = data.periods[k];
    for (const e of states) {
      const letter = e.dataset.s === data.own ? "own" : (data.kinds[e.dataset.s] || "")[k] || ".";
      e.setAttribute("class", `k-${letter === "." ? "none" : letter}`);
      const kind = letter === "own" ? "" : letter === "." ? ": no tie" : `: ${data.names["abcdef".indexOf(letter)]}`;
      e.firstElementChild.textContent = names.get(e) + kind;
    }
    now.textContent = when;
    said.textContent = data.said[k];
    title.textContent = `${heading} in ${when}`;
  };
  const place = () => Math.max(0, data.periods.indexOf(slider.value));

  // What stands below the map follows when the slider has come to rest.
  const below = async () => {
    if (!live) return;
    const query = new URLSearchParams({ state: data.own, in: slider.value });
    history.replaceState(null, "", `?${query}`);
    const home = document.getElementById("ties");
    if (!home) return;
    if (asked) asked.abort();
    asked = new AbortController();
    home.setAttribute("aria-busy", "true");
    try {
      const got = await fetch(`${section.dataset.part}?${query}`, { signal: asked.signal });
      if (!got.ok) throw new Error(await got.text());
      home.innerHTML = await got.text();
      document.dispatchEvent(new CustomEvent("quadrille:part", { detail: home }));
    } catch (why) {
      if (why.name !== "AbortError") home.textContent = String(why.message || why);
    } finally {
      home.removeAttribute("aria-busy");
    }
  };
  const rest = () => { clearTimeout(waiting); waiting = setTimeout(below, 350); };
  const stop = () => {
    clearInterval(timer); timer = 0;
    play.textContent = "Play";
    said.setAttribute("aria-live", "polite");
  };
  const start = () => {
    if (place() === data.periods.length - 1) slider.value = data.periods[0];
    said.setAttribute("aria-live", "off");
    play.textContent = "Stop";
    timer = setInterval(() => {
      const next = place() + 1;
      if (next >= data.periods.length) { stop(); rest(); return; }
      slider.value = data.periods[next];
      paint(next);
    }, 500);
  };

  slider.disabled = false;
  slider.addEventListener("input", () => { if (timer) stop(); paint(place()); rest(); });
  play.addEventListener("click", () => { if (timer) { stop(); rest(); } else start(); });
  const motion = () => { if (still.matches && timer) { stop(); rest(); } play.hidden = still.matches; };
  still.addEventListener("change", motion);
  motion();
  if (show) show.hidden = true;
  if (section.dataset.tie) {
    document.getElementById("map-hint").hidden = false;
    section.querySelector("svg").addEventListener("click", (e) => {
      const code = e.target.dataset && e.target.dataset.s;
      if (code && code !== data.own && code in data.kinds) location.href = section.dataset.tie.replace("___", code);
    });
  }
})();
