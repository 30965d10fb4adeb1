// Controls, and what happens when somebody touches them.
"use strict";

function sliderHtml(axis) {
  return `<div class="slider"><label for="at-${axis.name}">${escaped(axis.label)}</label>` +
    `<input type="range" id="at-${axis.name}" data-axis="${axis.name}" min="${axis.low}" max="${axis.high}" step="${axis.step}">` +
    `<output id="is-${axis.name}" for="at-${axis.name}" aria-live="off"></output></div>`;
}

function buildControls() {
  $("#presets").innerHTML = DATA.presets.map((p) =>
    `<button type="button" data-preset="${p.name}" title="${escaped(p.words)}">${escaped(p.label)}</button>`).join("");
  $("#worlds").innerHTML = DATA.worlds.map((w) =>
    `<button type="button" data-world="${w.name}" title="${escaped(w.words)}">${escaped(w.label)}</button>`).join("");
}

// Sliders are made anew only when another world has other ends.
let made = "";
function buildSliders(world) {
  if (made === world.name) return;
  made = world.name;
  const [first, ...others] = world.axes;
  $("#main-slider").innerHTML = sliderHtml(first);
  $("#sliders").innerHTML = others.map(sliderHtml).join("");
}

function showControls(now) {
  const world = worldNow();
  buildSliders(world);
  for (const axis of world.axes) {
    const own = now.preset && now.preset.point && axis.name in now.preset.point;
    const value = state.point[axis.name], input = $(`#at-${axis.name}`);
    if (Number(input.value) !== value) input.value = value;
    const words = `${ofAxis(axis, value)}${axis.unit.startsWith("%") ? "" : " "}${axis.unit}`.trim();
    const told = now.world || own ? words : "set by the preset";
    $(`#is-${axis.name}`).textContent = told;
    input.setAttribute("aria-valuetext", told);
  }
  for (const b of document.querySelectorAll("[data-preset]")) b.setAttribute("aria-pressed", b.dataset.preset === state.preset);
  for (const b of document.querySelectorAll("[data-world]")) b.setAttribute("aria-pressed", Boolean(now.world) && b.dataset.world === state.world);
  const said = $("#said");
  said.classList.toggle("refused", !now.values);
  if (!now.values) {
    said.textContent = refused(world);
  } else {
    const v = (name) => now.values[PLACE[name]];
    said.textContent = `${now.preset ? capital(now.preset.label) + ": " + now.preset.words + " " : capital(world.label) + ". "}` +
      `Of new spending, taxpayers bear ${shown(v("share_taxpayers"), "share of PV(G) news")}% and bondholders ${shown(v("share_bondholders"), "share of PV(G) news")}%; ` +
      `the ten-year yield moves by ${shown(v("news_yield_40"), "basis points")} bp on the news and by ${shown(v("stress_yield_40"), "basis points")} bp in stress.`;
  }
  say([said.textContent, now.values ? tally(now) : "", judgedHere(now)].join(" "));
}

const FILES = [["csv", "numbers (CSV)"], ["svg", "picture (SVG)"], ["link", "link to this"]];
function buildViews() {
  $("#views").innerHTML = views.map((v) =>
    `<section class="view${v.half ? " half" : ""}" id="${v.id}"><h2 tabindex="-1">${escaped(v.title)}</h2><p class="what">${escaped(v.what)}</p>` +
    `<div class="picture"></div><div class="tools">${v.tools ? v.tools() : ""}` +
    FILES.map(([kind, label]) => `<button type="button" data-${kind}="${v.id}" aria-label="${label}: ${escaped(v.title)}">${label}</button>`).join("") +
    "</div></section>").join("");
  $("#parts").innerHTML = [...views, { id: "numbers", title: "How good are these numbers?" }].map((v) =>
    `<a href="#${v.id}" data-go="${v.id}">${escaped(v.title)}</a>`).join("");
}

function showErrors() {
  const names = ["share_bondholders", "news_yield_40", "stress_yield_40", ...DATA.talk.filter((r) => r.quantity).map((r) => r.quantity)];
  const rows = DATA.worlds.map((w) => [...new Set(names)].map((n) => {
    const k = PLACE[n], q = DATA.numbers[k], u = q.unit;
    return `<tr><th scope="row">${escaped(q.label)}</th><td>${escaped(w.label)}</td>` +
      [w.median_off[k], w.most_off[k], w.coarse_off[k]].map((x) => `<td class="number">${(x * DATA.units[u].scale).toPrecision(2)}</td>`).join("") +
      `<td>${escaped(DATA.units[u].short)}</td></tr>`;
  }).join("")).join("");
  const all = DATA.worlds.map((w) => `${w.label}: ${w.nodes - w.left_out} economies solved${w.left_out ? ` (${w.left_out} at a corner left out: the coarse grid misses it)` : ""}, ${w.tested} more at random points to measure interpolation, ${w.fine} of them on the fine grid too`).join("; ");
  $("#errors").innerHTML = `<p>${escaped(all)}. The bound beside a number is the worst error of interpolation at those points plus the largest distance between the coarse and the fine grid. Presets are solved exactly; their bound is the distance between grids.</p>` +
    `<details><summary>Errors by number</summary><div class="scroll"><table><caption class="hidden">Errors by number</caption><thead><tr><th scope="col">Number</th><th scope="col">Economies</th><th scope="col" class="number">interpolation, median</th><th scope="col" class="number">worst</th><th scope="col" class="number">coarse grid</th><th scope="col">unit</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

// Also the views that no slider moves.
function showAll() {
  restore();
  show();
  for (const view of views) if (view.still) drawView(view, current());
}

let due = 0;
// One picture per frame, however fast the slider moves.
function soon() {
  if (due) return;
  due = requestAnimationFrame(() => { due = 0; show(); });
}

document.addEventListener("input", (event) => {
  const name = event.target.dataset.axis;
  if (!name) return;
  state.preset = null;
  state.point[name] = Number(event.target.value);
  soon();
});

document.addEventListener("click", (event) => {
  const on = event.target.closest("button, a[data-go]");
  if (!on) return;
  const d = on.dataset;
  const view = views.find((v) => v.id === (d.csv || d.svg || d.link));
  if (d.preset) { choosePreset(d.preset); show(); }
  else if (d.world) { state.preset = null; state.world = d.world; fit(worldNow()); show(); }
  else if (d.push) { state.push = d.push; show(); }
  else if (d.go) { event.preventDefault(); const h = $(`#${d.go} h2`); h.scrollIntoView(); h.focus({ preventScroll: true }); }
  else if (d.csv) save(`fiscax-${d.csv}.csv`, csv(rowsOf(view)), "text/csv");
  else if (d.svg) save(`fiscax-${d.svg}.svg`, pictureOf(view), "image/svg+xml");
  else if (d.link) {
    history.replaceState(null, "", addressOf());
    if (navigator.clipboard) navigator.clipboard.writeText(location.href).catch(() => {});
    on.textContent = "in the address bar";
    say("The address bar holds a link that restores this page.");
  } else for (const v of views) if (v.click && v.click(d, on)) break;
});
// A link to a part of the page says nothing of its state.
addEventListener("hashchange", () => { if (location.hash.includes("=")) showAll(); });

buildControls();
buildViews();
showAll();
showErrors();
