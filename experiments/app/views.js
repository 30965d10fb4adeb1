// The three linked views: who pays, what yields do by part, and the talk's table.
"use strict";

// Numbers by backing share, kept while nothing else moves.
let swept = { key: "", rows: [] };
function sweepOf(world, point, names, count = 41) {
  const [axis, ...others] = world.axes;
  const key = [world.name, ...names, ...others.map((a) => point[a.name])].join();
  if (swept.key === key) return swept.rows;
  const rows = names.map((n) => PLACE[n]), low = lowest(world, point);
  swept = { key, rows: Array.from({ length: count }, (_, k) => {
    const theta = low + (axis.high - low) * k / (count - 1);
    const found = lookUp(world, { ...point, [axis.name]: theta }, rows);
    return [theta, ...rows.map((r) => found[r])];
  }) };
  return swept.rows;
}

const PAYERS = [
  ["share_taxpayers", "taxpayers", "safe", ""],
  ["share_bondholders", "bondholders", "risky", "7 3"],
  ["share_convenience", "users of convenience", "muted", "2 3"],
];
views.push({
  id: "who", title: "Who pays for new spending", half: true,
  what: "Shares of news of persistent spending (1% of GDP), by what is promised.",
  draw({ values, bounds, world }) {
    const W = 560, left = 172, right = 70, wide = W - left - right;
    const x = (v) => left + wide * (Math.min(1.15, Math.max(-0.15, v)) + 0.15) / 1.3;
    let inside = "";
    PAYERS.forEach(([name, label, colour], k) => {
      const v = values[PLACE[name]], y = 8 + 30 * k, from = Math.min(x(0), x(v));
      inside += text(left - 10, y + 16, label, 'text-anchor="end"');
      inside += rect(from, y, Math.abs(x(v) - x(0)), 22, `fill="${DATA.colours[colour]}"`);
      inside += text(Math.max(x(v), x(0)) + 6, y + 16, shown(v, "share of PV(G) news") + "%", 'font-weight="600"');
    });
    inside += line(x(0), 4, x(0), 96, `stroke="${INKED}"`);
    const said = PAYERS.map(([n, l]) => `${l} ${shown(values[PLACE[n]], "share of PV(G) news")}%`).join(", ");
    if (!world) return svg(W, 110, "Who pays: " + said, inside) +
      '<p class="note">This button shows one economy, solved on its own, so nothing is drawn by backing share. Move the slider, and the grid of economies that it moves through is drawn here.</p>';
    const top = 128, bottom = 300, low = lowest(world, state.point);
    const X = (v) => 60 + (W - 150) * v, Y = (v) => bottom - (bottom - top) * (v + 0.1) / 1.25;
    for (const t of [0, 0.25, 0.5, 0.75, 1]) {
      inside += line(60, Y(t), W - 90, Y(t)) + text(52, Y(t) + 4, 100 * t + "%", 'text-anchor="end"');
      inside += text(X(t), bottom + 18, 100 * t + "%", 'text-anchor="middle"');
    }
    inside += text(X(0.5), bottom + 37, "backing share θ", 'text-anchor="middle"');
    if (low > 0) {
      inside += rect(X(0), top, X(low) - X(0), bottom - top, 'fill="#f0ede4"');
      inside += text(X(low / 2), (top + bottom) / 2, "no solution", `text-anchor="middle" fill="${SOFT}"`);
    }
    const along = sweepOf(world, state.point, PAYERS.map((p) => p[0]));
    let placed = -99;
    const ends = PAYERS.map((p, k) => ({ p, k, y: Y(along.at(-1)[k + 1]) })).sort((a, b) => a.y - b.y);
    for (const { p: [, label, colour, dash], k, y } of ends) {
      inside += path(along.map((r) => [X(r[0]), Y(r[k + 1])]), `stroke="${DATA.colours[colour]}" stroke-width="2.5" stroke-dasharray="${dash}"`);
      placed = Math.max(y + 4, placed + 15);
      inside += text(W - 84, placed, label.replace("users of ", ""), `fill="${DATA.ink[colour]}"`);
      inside += `<circle cx="${r1(X(state.point.theta))}" cy="${r1(Y(values[PLACE[PAYERS[k][0]]]))}" r="5" fill="${DATA.colours[colour]}" stroke="white" stroke-width="1.5"/>`;
    }
    inside += line(X(state.point.theta), top, X(state.point.theta), bottom, `stroke="${INKED}" stroke-dasharray="2 3"`);
    return svg(W, 345, "Who pays: " + said + ". Below, the same by backing share.", inside);
  },
  rows({ values, bounds, world }) {
    const head = [["", "share of the news", "bound of its error"]];
    const here = PAYERS.map(([n, l]) => [l, values[PLACE[n]], bounds[PLACE[n]]]);
    if (!world) return [...head, ...here];
    return [...head, ...here, [], ["backing share", ...PAYERS.map((p) => p[1])],
      ...sweepOf(world, state.point, PAYERS.map((p) => p[0]))];
  },
});

const PUSHED = { news: "news of spending, 1% of GDP", stress: "stress of one standard deviation" };
views.push({
  id: "yields", title: "What yields do, by part", half: true,
  what: "Change of yields on the day, basis points a year; diamond and number are the sum.",
  tools: () => Object.entries(PUSHED).map(([k, v]) =>
    `<button type="button" data-push="${k}" aria-pressed="${state.push === k}">${v}</button>`).join(""),
  draw({ values, bounds }) {
    for (const b of document.querySelectorAll("[data-push]")) b.setAttribute("aria-pressed", b.dataset.push === state.push);
    const at = (part, m) => values[PLACE[`${state.push}_${part}_${m.n}`]];
    const W = 560, H = 345, left = 52, right = 8, top = 28, bottom = H - 78;
    const heights = DATA.maturities.map((m) => {
      const v = DATA.parts.map((p) => at(p.name, m));
      return [v.filter((x) => x < 0).reduce((a, b) => a + b, 0), v.filter((x) => x > 0).reduce((a, b) => a + b, 0)];
    });
    const marks = ticks(Math.min(0, ...heights.map((h) => h[0])), Math.max(5, ...heights.map((h) => h[1])));
    const low = marks[0], high = marks.at(-1);
    const Y = (v) => bottom - (bottom - top) * (v - low) / (high - low);
    const each = (W - left - right) / DATA.maturities.length;
    let inside = "";
    for (const t of marks) inside += line(left, Y(t), W - right, Y(t)) + text(left - 6, Y(t) + 4, (t < 0 ? "−" : "") + Math.abs(t), 'text-anchor="end"');
    DATA.maturities.forEach((m, k) => {
      const x = left + each * (k + 0.2), w = each * 0.6;
      let up = 0, down = 0;
      for (const p of DATA.parts) {
        const v = at(p.name, m), from = v > 0 ? up : down;
        if (v > 0) up += v; else down += v;
        inside += rect(x, Math.min(Y(from), Y(from + v)), w, Math.abs(Y(from + v) - Y(from)), `fill="${p.colour}" stroke="white" stroke-width=".7"`);
      }
      const sum = at("yield", m), y = Y(sum), c = x + w / 2;
      inside += `<path d="M${r1(c)} ${r1(y - 6)}l6 6l-6 6l-6 -6z" fill="white" stroke="${INKED}" stroke-width="1.8"/>`;
      inside += text(c, Math.min(Y(up), y - 4) - 6, shown(sum, "basis points"), 'font-weight="600" text-anchor="middle"');
      inside += text(c, bottom + 18, m.label, 'text-anchor="middle"');
    });
    inside += line(left, Y(0), W - right, Y(0), `stroke="${INKED}"`);
    DATA.parts.forEach((p, k) => {
      const x = left + 250 * (k % 2), y = H - 46 + 22 * Math.floor(k / 2);
      inside += rect(x, y, 13, 13, `fill="${p.colour}"`) + text(x + 20, y + 11, p.label);
    });
    const said = DATA.maturities.map((m) => `${m.label} ${shown(at("yield", m), "basis points")}`).join(", ");
    const ten = DATA.maturities.find((m) => m.n === 40);
    const parts = DATA.parts.map((p) => `${p.label} ${shown(at(p.name, ten), "basis points")}`).join(", ");
    return svg(W, H, `Change of yields on ${PUSHED[state.push]}, basis points: ${said}. At ten years: ${parts}`, inside);
  },
  rows({ values, bounds }) {
    const names = [...DATA.parts.map((p) => p.name), "yield"];
    return [["maturity", ...DATA.parts.map((p) => p.label), "yield", "bound of the yield's error"],
      ...DATA.maturities.map((m) => [m.label, ...names.map((n) => values[PLACE[`${state.push}_${n}_${m.n}`]]),
        bounds[PLACE[`${state.push}_yield_${m.n}`]]])];
  },
});

const SIGNS = {
  "delivered": ["✓", "yes", "delivered"], "contradicted": ["✕", "no", "contradicted"],
  "zero": ["○", "too small", "zero"], "too imprecise": ["?", "cannot tell", "too-imprecise"],
};
// Where the bound leaves both answers open, nothing is said.
function verdict(judged, value, bound) {
  if (!judged) return null;
  const place = (v) => judged.cuts.filter((c) => v > c).length;
  const [a, b] = [place(value - bound), place(value + bound)];
  return a === b ? judged.answers[a] : "too imprecise";
}
// How many answers are what the talk says of either debt.
function tally({ values, bounds }) {
  const rows = DATA.talk.filter((r) => r.quantity && values[PLACE[r.quantity]] !== null);
  const yes = (side) => rows.filter((r) => verdict(r[side].judged, values[PLACE[r.quantity]], bounds[PLACE[r.quantity]]) === "delivered").length;
  return `The answer is what the talk says of safe debt in ${yes("safe")} of ${rows.length} rows, and what it says of risky debt in ${yes("risky")}.`;
}
const wordOf = (v) => (v ? SIGNS[v][1] : "");
views.push({
  id: "table", title: "What the talk says, and what this economy says",
  what: "Does the number here, with the bound of its error, say what the talk says of safe debt, and of risky debt?",
  draw({ values, bounds }) {
    const cell = (row, side, value, bound) => {
      const v = value === null ? null : verdict(row[side].judged, value, bound);
      if (!v) return `<td>${escaped(row[side].says)}</td>`;
      const [sign, word, kind] = SIGNS[v];
      return `<td>${escaped(row[side].says)} <span class="verdict ${kind}" title="asked for: ${escaped(row[side].judged.claim)}">${sign} ${word}</span></td>`;
    };
    const body = DATA.talk.map((row) => {
      const head = `<th scope="row"${row.label ? ` title="${escaped(row.label)}"` : ""}>${escaped(row.asks)}</th>`;
      if (!row.quantity)
        return `<tr>${head}<td class="number">–</td><td>${escaped(row.safe.says)}</td><td>${escaped(row.risky.says)}</td></tr>`;
      const k = PLACE[row.quantity], unit = DATA.numbers[k].unit;
      const number = values[k] === null ? `<span class="note">${escaped(DATA.missing)}</span>` : `${withUnit(values[k], unit)} <span class="note">± ${error(bounds[k], unit)}</span>`;
      return `<tr>${head}<td class="number">${number}</td>${cell(row, "safe", values[k], bounds[k])}${cell(row, "risky", values[k], bounds[k])}</tr>`;
    });
    const chosen = DATA.talk.filter((r) => r.chosen && r.chosen.length).map((r) => `${r.asks.toLowerCase()} (${r.chosen.join(", ")})`);
    return `<p class="big">${tally({ values, bounds })}</p><div class="scroll"><table><caption class="hidden">The talk's table at this economy</caption><thead><tr><th scope="col">Prediction</th><th scope="col" class="number">Here</th><th scope="col" class="safe">Safe debt</th><th scope="col" class="risky">Risky debt</th></tr></thead><tbody>${body.join("")}</tbody></table></div>` +
      `<p class="note">✓ yes, ✕ no, ○ too small to count, ? the error leaves both answers open. Rows with – are about purchases: play the game below. Chosen or estimated in the shipped risky economy so that the number comes out: ${escaped(chosen.join("; "))}.</p>`;
  },
  rows({ values, bounds }) {
    return [["prediction", "value", "bound", "unit", "says of safe debt", "safe verdict", "says of risky debt", "risky verdict"],
      ...DATA.talk.map((row) => {
        if (!row.quantity) return [row.asks, "", "", "", row.safe.says, "", row.risky.says, ""];
        const k = PLACE[row.quantity];
        if (values[k] === null) return [row.asks, "", "", DATA.missing, row.safe.says, "", row.risky.says, ""];
        const u = DATA.numbers[k].unit, s = DATA.units[u];
        return [row.asks, values[k] * s.scale, bounds[k] * s.scale, s.short,
          row.safe.says, wordOf(verdict(row.safe.judged, values[k], bounds[k])),
          row.risky.says, wordOf(verdict(row.risky.judged, values[k], bounds[k]))];
      })];
  },
});
