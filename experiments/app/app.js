// What the page knows is in its data; here it is looked up, and nothing is computed that
// fiscax has not computed at the nodes of its grids.
"use strict";
const DATA = JSON.parse(document.getElementById("data").textContent);
for (const world of DATA.worlds) world.bounds = world.most_off.map((v, k) => v + world.coarse_off[k]);
const PLACE = Object.fromEntries(DATA.numbers.map((q, k) => [q.name, k]));
const $ = (selector, within = document) => within.querySelector(selector);
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => "&#" + c.charCodeAt(0) + ";");

// ---- looking up -------------------------------------------------------------------
function lowest(world, point) {
  let low = world.floor;
  for (const [name, slope] of Object.entries(world.slopes))
    low += slope * (point[name] - world.axes.find((a) => a.name === name).low);
  return Math.max(0, low);
}

function cubeOf(world, point) {
  return world.axes.map((axis, k) => {
    const low = k === 0 ? lowest(world, point) : axis.low;
    return 2 * (point[axis.name] - low) / (axis.high - low) - 1;
  });
}

// Products of Chebyshev polynomials, of the degrees that the grid has.
function basis(world, cube) {
  const top = Math.max(...world.degrees.flat());
  const one = cube.map((x) => {
    const t = [1, x];
    for (let k = 2; k <= top; k++) t.push(2 * x * t[k - 1] - t[k - 2]);
    return t;
  });
  return world.degrees.map((row) => row.reduce((p, d, k) => p * one[k][d], 1));
}

// Null below the lowest backing share: there no economy has been solved.
function lookUp(world, point, rows = world.coefficients.keys()) {
  const cube = cubeOf(world, point);
  if (cube.some((x) => !(Math.abs(x) <= 1 + 1e-9))) return null;
  const terms = basis(world, cube), found = [];
  for (const k of rows) {
    let sum = 0;
    const c = world.coefficients[k];
    if (!c) { found[k] = null; continue; }
    for (let j = 0; j < terms.length; j++) sum += c[j] * terms[j];
    found[k] = sum;
  }
  return found;
}

// ---- state, its address, and the views ---------------------------------------------
const views = [];
const state = { preset: null, world: "", point: {}, push: "news", more: {} };
const worldNow = () => DATA.worlds.find((w) => w.name === state.world);
const presetNow = () => DATA.presets.find((p) => p.name === state.preset) || null;

// Numbers, the bounds of their errors, and where they come from.
function current() {
  const preset = presetNow(), world = worldNow();
  if (preset && preset.values) return { values: preset.values, bounds: preset.bounds, world: null, preset };
  return {
    values: lookUp(world, state.point), world, preset,
    bounds: world.bounds,
  };
}

function addressOf() {
  const given = { ...state.more };
  if (state.preset) given.preset = state.preset;
  else Object.assign(given, { world: state.world }, Object.fromEntries(
    Object.entries(state.point).map(([k, v]) => [k, Number(v.toFixed(4))])));
  if (state.push !== "news") given.push = state.push;
  return "#" + new URLSearchParams(given).toString();
}

function choosePreset(name) {
  const preset = DATA.presets.find((p) => p.name === name);
  state.preset = name;
  state.world = preset.world;
  state.point = { ...DATA.base, ...preset.point };
  fit(worldNow());
}

// What an address says; what it does not say, or says wrongly, is the first preset.
function restore() {
  const given = new URLSearchParams(location.hash.slice(1));
  state.more = {};
  state.push = given.get("push") === "stress" ? "stress" : "news";
  choosePreset(DATA.start);
  const preset = given.get("preset");
  if (DATA.presets.some((p) => p.name === preset)) choosePreset(preset);
  const world = DATA.worlds.find((w) => w.name === given.get("world"));
  if (world) {
    state.preset = null;
    state.world = world.name;
    for (const axis of world.axes) {
      const value = Number(given.get(axis.name) ?? NaN);
      if (value >= axis.low && value <= axis.high) state.point[axis.name] = value;
    }
    fit(world);
  }
  for (const view of views) if (view.restore) view.restore(given);
}

// Values of the axes that another world does not have are moved to its ends.
function fit(world) {
  for (const axis of world.axes)
    state.point[axis.name] = Math.min(axis.high, Math.max(axis.low, state.point[axis.name]));
}

let written = 0;
function remember() {
  clearTimeout(written);
  written = setTimeout(() => history.replaceState(null, "", addressOf()), 150);
}

let spoken = 0;
function say(text) {
  clearTimeout(spoken);
  spoken = setTimeout(() => { $("#spoken").textContent = text; }, 600);
}

function show() {
  const now = current();
  showControls(now);
  for (const view of views) if (!view.still) drawView(view, now);
  remember();
}

const lacks = (view, now) => !view.still && view.needs !== false && !now.values;
function drawView(view, now) {
  const place = $(`#${view.id} .picture`);
  if (lacks(view, now)) {
    place.innerHTML = '<p class="gone">No economy is solved here; the reason stands beside the slider.</p>';
    return;
  }
  patch(place, view.draw(now));
}

// Only what differs is written: a browser lays out and paints again what was written.
function patch(place, html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  merge(place, made.content);
}
function merge(old, made) {
  const had = [...old.childNodes], wanted = [...made.childNodes];
  wanted.forEach((child, k) => {
    const at = had[k];
    if (!at) old.append(child);
    else if (at.nodeName !== child.nodeName) at.replaceWith(child);
    else if (child.nodeType !== Node.ELEMENT_NODE) { if (at.data !== child.data) at.data = child.data; }
    else {
      for (const { name, value } of child.attributes) if (at.getAttribute(name) !== value) at.setAttribute(name, value);
      for (const name of at.getAttributeNames()) if (!child.hasAttribute(name)) at.removeAttribute(name);
      merge(at, child);
    }
  });
  for (const left of had.slice(wanted.length)) left.remove();
}

// What the solver says beyond the edge of a world.
function refused(world) {
  const edge = ofAxis(world.axes[0], Math.ceil(100 * lowest(world, state.point)) / 100);
  const where = world.axes.map((a) => `${a.label} ${ofAxis(a, world.refusal.point[a.name])}${a.unit.startsWith("%") ? "%" : ""}`).join(", ");
  return `Nothing is solved here; with these promises the slider has economies from ${edge}% up. ` +
    `Where too little backs debt, the solver refuses it. It says, for instance (${where}): ${world.refusal.reason}`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
// ---- numbers for people ---------------------------------------------------------------
function shown(value, unit, places) {
  const u = DATA.units[unit];
  const v = value * u.scale;
  const p = places ?? Math.min(u.decimals, Math.abs(v) >= 10 ? 0 : Math.abs(v) >= 1 ? 1 : 2);
  const text = Math.abs(v).toFixed(p);
  return (v < 0 && Number(text) !== 0 ? "−" : "") + text;
}
function withUnit(value, unit) {
  const short = DATA.units[unit].short;
  return shown(value, unit) + (short.startsWith("%") ? "" : " ") + short;
}
// Of an error, one digit that counts.
function error(value, unit) {
  const v = value * DATA.units[unit].scale;
  if (!(v >= 5e-5)) return "0";
  return v >= 1 ? v.toFixed(v < 3 ? 1 : 0) : v.toFixed(Math.min(4, Math.ceil(-Math.log10(v))));
}
function ofAxis(axis, value) {
  return (axis.scale * value).toFixed(axis.scale === 1 ? 2 : axis.step * axis.scale < 0.5 ? 1 : 0);
}

// ---- pictures ---------------------------------------------------------------------------
const SOFT = "#5d5b56", INKED = "#1d1d1b", RULE = "#d9d6cd";
const r1 = (x) => Math.round(x * 10) / 10;
function text(x, y, words, more = "") {
  // An attribute given twice is no SVG.
  const filled = more.includes("fill=") ? "" : `fill="${INKED}"`;
  return `<text x="${r1(x)}" y="${r1(y)}" font-family="Palatino, Georgia, serif" font-size="13" ${filled} ${more}>${escaped(words)}</text>`;
}
const line = (x1, y1, x2, y2, more = `stroke="${RULE}"`) =>
  `<line x1="${r1(x1)}" y1="${r1(y1)}" x2="${r1(x2)}" y2="${r1(y2)}" ${more}/>`;
const rect = (x, y, w, h, more) =>
  `<rect x="${r1(x)}" y="${r1(y)}" width="${r1(Math.max(w, 0))}" height="${r1(Math.max(h, 0))}" ${more}/>`;
const path = (points, more) =>
  `<path d="${points.map((p, k) => (k ? "L" : "M") + r1(p[0]) + " " + r1(p[1])).join("")}" fill="none" ${more}/>`;
function svg(width, height, label, inside) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}">` +
    `<title>${escaped(label)}</title>${inside}</svg>`;
}
// Round numbers that cover a range, at most seven of them.
function ticks(low, high) {
  const span = Math.max(high - low, 1e-9);
  const raw = span / 6, base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * base).find((s) => s >= raw);
  const found = [];
  for (let k = Math.floor(low / step); k <= Math.ceil(high / step); k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

// ---- files -----------------------------------------------------------------------------
function csv(rows) {
  const cell = (v) => {
    const t = typeof v === "number" ? String(Number(v.toPrecision(6))) : String(v ?? "");
    return /[",\n]/.test(t) ? '"' + t.replace(/"/g, '""') + '"' : t;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
}
function save(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
// A table as a picture: its cells as text.
function tablePicture(title, rows) {
  const widths = rows[0].map((_, c) => Math.min(360, 20 + 6.6 * Math.max(...rows.map((r) => String(r[c] ?? "").length))));
  const width = widths.reduce((a, b) => a + b, 20), height = 44 + 22 * rows.length;
  let inside = rect(0, 0, width, height, 'fill="#ffffff"') + text(10, 22, title, 'font-weight="600"');
  rows.forEach((row, k) => {
    let x = 10;
    row.forEach((v, c) => {
      const t = typeof v === "number" ? String(Number(v.toPrecision(4))) : String(v ?? "");
      inside += text(x, 48 + 22 * k, t.length > 56 ? t.slice(0, 55) + "…" : t, k ? "" : 'font-weight="600"');
      x += widths[c];
    });
    inside += line(10, 54 + 22 * k, width - 10, 54 + 22 * k);
  });
  return svg(width, height, title, inside);
}
// Where nothing is solved, its reason is what there is.
function rowsOf(view) {
  const now = current();
  return lacks(view, now) ? [["nothing is solved here"], [refused(worldNow())]] : view.rows(now);
}
function pictureOf(view) {
  const found = $(`#${view.id} .picture svg`);
  if (!found) return tablePicture(view.title, rowsOf(view));
  return new XMLSerializer().serializeToString(found);
}
