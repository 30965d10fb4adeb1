// The trade-off, the map of verdicts, the replay of the record, and the game.
"use strict";

// Marks that tell apart without colour.
const mark = (x, y, solid, colour) => solid
  ? `<circle cx="${r1(x)}" cy="${r1(y)}" r="7" fill="${colour}" stroke="white" stroke-width="1.5"/>`
  : `<circle cx="${r1(x)}" cy="${r1(y)}" r="7" fill="white" stroke="${colour}" stroke-width="2.5"/>`;

const STICKY = "In this economy prices are sticky.";
views.push({
  id: "trade-off", title: "A loss: prices jump, or yields rise", half: true,
  what: "The closed form of the same loss by the response φ of the policy rate (lines, hollow), and the solved economy (solid).",
  draw({ values, world, preset }) {
    const v = (n) => values[PLACE[n]];
    if (v("loss") === null) return `<p class="gone">No trade-off is drawn here. ${STICKY} The closed form is of prices that jump: a loss is paid at once by the price level, or later by inflation that yields foresee. Where prices are sticky the price level cannot jump, and output and real rates take their part. Press "risky debt" to see it.</p>`;
    const phi = world ? state.point.phi : preset.place.phi;
    const W = 560, H = 330, bottom = H - 46, left = 56, right = W - 56, loss = v("loss");
    const rows = DATA.trade_off;
    const yields = rows.map((r) => loss * r.yield_10y), jumps = rows.map((r) => loss * r.price_jump);
    const yTicks = ticks(0, Math.max(1, ...yields, v("yield_10y"), 1)), jTicks = ticks(0, Math.max(0.5, ...jumps, v("price_jump")));
    const X = (p) => left + (right - left) * Math.min(p, 1) , Y = (y) => bottom - (bottom - 26) * y / yTicks.at(-1);
    const J = (y) => bottom - (bottom - 26) * y / jTicks.at(-1);
    let inside = "";
    for (const t of yTicks) inside += line(left, Y(t), right, Y(t)) + text(left - 7, Y(t) + 4, String(t), 'text-anchor="end"');
    for (const t of jTicks) inside += text(right + 7, J(t) + 4, String(t));
    for (const t of [0, 0.2, 0.4, 0.6, 0.8, 1]) inside += text(X(t), bottom + 18, String(t), 'text-anchor="middle"');
    inside += text((left + right) / 2, bottom + 38, "response of the policy rate φ", 'text-anchor="middle"');
    inside += text(left - 40, 14, "ten-year yield, bp", `fill="${DATA.ink.risky}"`) + text(right + 40, 14, "price level, %", `text-anchor="end" fill="${DATA.ink.safe}"`);
    inside += path(rows.map((r, k) => [X(r.phi), Y(yields[k])]), `stroke="${DATA.colours.risky}" stroke-width="2.5" stroke-dasharray="7 3"`);
    inside += path(rows.map((r, k) => [X(r.phi), J(jumps[k])]), `stroke="${DATA.colours.safe}" stroke-width="2.5"`);
    let words = `Of debt ${shown(loss, "percent")}% is lost.`;
    if (phi < 1) {
      // Side by side: marks of the two scales may stand at one height.
      const yieldX = X(phi) - 7, jumpX = X(phi) + 7;
      inside += mark(yieldX, Y(v("closed_yield_10y")), false, DATA.colours.risky) + mark(yieldX, Y(v("yield_10y")), true, DATA.colours.risky);
      inside += mark(jumpX, J(v("closed_price_jump")), false, DATA.colours.safe) + mark(jumpX, J(v("price_jump")), true, DATA.colours.safe);
      words += ` Closed form: prices jump by ${shown(v("closed_price_jump"), "percent")}%, the ten-year yield rises by ${shown(v("closed_yield_10y"), "basis points")} bp. Solved: ${shown(v("price_jump"), "percent")}% and ${shown(v("yield_10y"), "basis points")} bp; the closed form knows no risk and no convenience.`;
    } else words += " The central bank leads: the closed form is of debt that the fiscal side leads.";
    return svg(W, H, "Trade-off. " + words, inside) + `<p class="note">${escaped(words)}</p>`;
  },
  rows({ values }) {
    const v = (n) => values[PLACE[n]];
    if (v("loss") === null) return [["closed form"], ["flexible prices only"]];
    return [["", "solved", "closed form"], ["loss, % of debt", v("loss"), v("loss")],
      ...[["price level, %", "price_jump"], ["ten-year yield, bp", "yield_10y"], ["short rate, bp", "yield_3m"]].map(([l, n]) => [l, v(n), v("closed_" + n)]),
      [], ["φ", "price level per 1% lost, %", "ten-year yield per 1% lost, bp"], ...DATA.trade_off.map((r) => [r.phi, r.price_jump, r.yield_10y])];
  },
});

const LOOK = {
  "determinate": ["#d5e6d8", "one stable economy"], "indeterminate": ["#dcbfd8", "many"],
  "explosive": ["#f3d3b3", "none"], "no resting point": ["#ffffff", "not told"],
};
const HATCHED = { indeterminate: "dots", explosive: "bars" };
// Verdict -> outline of all its cells; neighbours in a row are one box.
function shapesOf(m, left, bottom, w, h) {
  const cols = m.phi.length, found = {};
  for (let k = 0; k < m.verdicts.length;) {
    const v = m.verdicts[k], from = k % cols, row = Math.floor(k / cols);
    let count = 0;
    while (from + count < cols && m.verdicts[k + count] === v) count++;
    found[v] = (found[v] ?? "") + `M${r1(left + w * from)} ${r1(bottom - h * (row + 1))}h${r1(w * count + 0.4)}v${r1(h + 0.4)}h${-r1(w * count + 0.4)}z`;
    k += count;
  }
  return found;
}
function verdictAt(place) {
  const m = DATA.map, nearest = (list, v) => list.reduce((b, x, k) => (Math.abs(x - v) < Math.abs(list[b] - v) ? k : b), 0);
  return m.verdicts[nearest(m.tax_response, place.tax_response) * m.phi.length + nearest(m.phi, place.phi)];
}
function placeNow({ world, preset }) {
  if (!world) return preset.place;
  return { phi: state.point.phi, tax_response: 0 };
}
// The verdict on an economy's two responses, in words.
function judgedHere(now) {
  const place = placeNow(now);
  if (!place)
    return `${STICKY} It has no place on this map, whose verdicts are of flexible prices, where two responses decide alone; with sticky prices the rule's answer to output and the smoothing of rates decide too. Its own solution was found to be the only stable one.`;
  const v = verdictAt(place), said = DATA.map.words[v];
  const words = `φ = ${place.phi.toFixed(2)}, taxes on debt ${place.tax_response.toFixed(2)}: ${v}. ${capital(said)}.`;
  if (!now.world || now.values) return words;
  return words + " The linear solution exists, yet the risk of spending makes debt worthless in some states.";
}
views.push({
  id: "map", title: "Who keeps debt stable?", half: true, needs: false,
  what: "Verdict on every pair of responses, of the policy rate to inflation and of taxes to debt, each taken as permanent; the cross is here.",
  draw(now) {
    const m = DATA.map, W = 560, H = 330, left = 66, bottom = H - 70, cols = m.phi.length, rows = m.tax_response.length;
    const w = (W - left - 12) / cols, h = (bottom - 10) / rows;
    const X = (p) => left + w * ((p - m.phi[0]) / (m.phi[1] - m.phi[0]) + 0.5), Y = (t) => bottom - h * ((t - m.tax_response[0]) / (m.tax_response[1] - m.tax_response[0]) + 0.5);
    let inside = '<defs><pattern id="dots" width="7" height="7" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="1.1" fill="#7d3f73"/></pattern>' +
      '<pattern id="bars" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.6" height="7" fill="#a9500a"/></pattern></defs>';
    for (const [v, shape] of Object.entries(this.shapes ??= shapesOf(m, left, bottom, w, h))) {
      inside += `<path d="${shape}" fill="${LOOK[v][0]}"/>`;
      if (v in HATCHED) inside += `<path d="${shape}" fill="url(#${HATCHED[v]})"/>`;
    }
    for (const p of [0, 0.5, 1, 1.5, 2]) inside += text(X(p), bottom + 18, String(p), 'text-anchor="middle"');
    for (const t of [0, 0.01, 0.02, 0.03, 0.04, 0.05]) inside += text(left - 7, Y(t) + 4, t.toFixed(2), 'text-anchor="end"');
    inside += text((left + W) / 2, bottom + 37, "response of the policy rate to inflation φ", 'text-anchor="middle"');
    inside += `<text transform="translate(16 ${bottom / 2}) rotate(-90)" text-anchor="middle" font-family="Palatino, Georgia, serif" font-size="13" fill="${INKED}">taxes on debt</text>`;
    let x = left - 20;
    for (const [v, [colour, label]] of Object.entries(LOOK)) {
      inside += rect(x, H - 22, 15, 14, `fill="${colour}" stroke="${SOFT}" stroke-width=".6"`);
      if (v in HATCHED) inside += rect(x, H - 22, 15, 14, `fill="url(#${HATCHED[v]})"`);
      inside += text(x + 20, H - 10, label);
      x += 44 + 8.4 * label.length;
    }
    const place = placeNow(now), words = judgedHere(now);
    if (place) {
      const [px, py] = [X(place.phi), Y(place.tax_response)];
      for (const [width, colour] of [[7, "white"], [3, INKED]])
        inside += line(px - 9, py - 9, px + 9, py + 9, `stroke="${colour}" stroke-width="${width}"`) + line(px - 9, py + 9, px + 9, py - 9, `stroke="${colour}" stroke-width="${width}"`);
    }
    return svg(W, H, "Map of verdicts. " + words, inside) + `<p class="note">${escaped(words)} Other parameters are those of the shipped risky economy; white cells, where the two responses meet, have no resting point near the targets.</p>`;
  },
  rows() {
    const m = DATA.map;
    return [["taxes on debt \\ φ", ...m.phi], ...m.tax_response.map((t, k) => [t, ...m.verdicts.slice(k * m.phi.length, (k + 1) * m.phi.length)])];
  },
});

// ---- replay ---------------------------------------------------------------------------
const replay = { at: 0, guesses: {} };
const windowNow = () => DATA.replay.windows[replay.at];
views.push({
  id: "replay", title: "Replay: news, or plumbing?", still: true,
  what: "What moved in the record. Guess first; then see what the models make of it.",
  draw() {
    const w = windowNow(), guess = replay.guesses[w.slug];
    const choices = DATA.replay.windows.map((o, k) => `<button type="button" data-window="${k}" aria-pressed="${k === replay.at}">${escaped(o.label)}</button>`).join("");
    const answers = Object.entries(DATA.answers).map(([n, l]) =>
      `<button type="button" data-guess="${n}" aria-pressed="${guess === n}">${escaped(l)}</button>`).join("");
    return `<div class="choices" role="group" aria-label="Episodes">${choices}</div>` +
      `<p class="big">${escaped(capital(w.words))} (close of ${w.start} to close of ${w.end}).</p>` + movesPicture(w) +
      `<p>Your guess:</p><div class="choices" role="group" aria-label="Your guess">${answers}</div><div id="revealed" role="status">${guess ? revealed(w, guess) : ""}</div>`;
  },
  rows() {
    const w = windowNow(), head = [["what", "move", "ordinary move", "unit"], ...w.moves.map((m) => [m.what, m.value, m.ordinary, m.unit])];
    if (!replay.guesses[w.slug]) return head;
    if (w.parts) return [...head, [], ["tenor", "move, bp", "news, bp", "wedge, bp", "left, bp"], ...w.parts.map((p) => [p.tenor, p.move, p.news, p.wedge, p.left])];
    return [...head, [], ["explanation", "chance"], ...Object.entries(w.chances).map(([n, c]) => [DATA.answers[n], c])];
  },
  click(d) {
    if (d.window) replay.at = Number(d.window);
    else if (d.guess) replay.guesses[windowNow().slug] = d.guess;
    else return false;
    state.more.window = windowNow().slug;
    const guess = replay.guesses[windowNow().slug];
    if (guess) state.more.guess = guess; else delete state.more.guess;
    const selector = d.window ? `[data-window="${d.window}"]` : `[data-guess="${d.guess}"]`;
    drawView(this, current());
    $(selector).focus();
    remember();
    return true;
  },
  restore(given) {
    const k = DATA.replay.windows.findIndex((w) => w.slug === given.get("window"));
    if (k < 0) return;
    replay.at = k;
    state.more.window = windowNow().slug;
    if (given.get("guess") in DATA.answers) state.more.guess = replay.guesses[windowNow().slug] = given.get("guess");
  },
});
function movesPicture(w) {
  const H = 20 + 30 * w.moves.length, W = 560, zero = 352, most = Math.max(...w.moves.map((m) => Math.max(Math.abs(m.value), 2 * m.ordinary) / (m.unit === "percent" ? 0.15 : 1)));
  let inside = "";
  w.moves.forEach((m, k) => {
    // Percent of stocks on a scale of their own: a seventh of a percent beside a basis point.
    const scale = 112 / most / (m.unit === "percent" ? 0.15 : 1), y = 10 + 30 * k, v = m.value * scale;
    inside += text(222, y + 16, m.what, 'text-anchor="end"');
    inside += rect(zero - 2 * m.ordinary * scale, y + 2, 4 * m.ordinary * scale, 18, `fill="#ece8dd"`);
    inside += rect(Math.min(zero, zero + v), y + 5, Math.abs(v), 12, `fill="${m.value < 0 ? DATA.colours.safe : DATA.colours.risky}"`);
    inside += text(W - 84, y + 16, `${m.value < 0 ? "−" : "+"}${Math.abs(m.value)} ${m.unit === "percent" ? "%" : "bp"}`, 'font-weight="600"');
  });
  inside += line(zero, 6, zero, H - 6, `stroke="${INKED}"`);
  return svg(W, H, `${w.label}: ` + w.moves.map((m) => `${m.what} ${m.value} ${m.unit}`).join(", "), inside) +
    `<p class="note">Pale: two standard deviations of an ordinary window as long.${w.moves.some((m) => m.unit === "percent") ? " Stocks have a scale of their own." : ""}</p>`;
}
function revealed(w, guess) {
  if (w.parts) {
    const rows = w.parts.map((p) => `<tr><th scope="row">${p.tenor}</th>${[p.move, p.news, p.wedge, p.left].map((v) => `<td class="number">${v.toFixed(0).replace("-", "−")}</td>`).join("")}</tr>`).join("");
    const of = (p) => `at ${p.tenor} ${(100 * p.news / (p.news + p.wedge)).toFixed(0)}%`;
    return `<p>Gilts moved on news of unfunded spending, and on a wedge that plumbing puts on long yields. Of the two, news is ${w.parts.map(of).join(", ")}.</p><div class="scroll"><table><caption class="hidden">What moved gilts</caption><thead><tr><th scope="col">Tenor</th><th scope="col" class="number">move, bp</th><th scope="col" class="number">news</th><th scope="col" class="number">wedge</th><th scope="col" class="number">unexplained</th></tr></thead><tbody>${rows}</tbody></table></div><p class="note">From <code>fiscax run mini-budget</code>.</p>`;
  }
  const sorted = Object.entries(w.chances).sort((a, b) => b[1] - a[1]);
  const best = sorted[0][0];
  const bars = sorted.map(([n, c], k) => {
    const y = 8 + 28 * k;
    return text(282, y + 15, DATA.answers[n], 'text-anchor="end"' + (n === guess ? ' font-weight="600"' : "")) +
      rect(290, y, 290 * c, 20, `fill="${n === guess ? DATA.colours.risky : DATA.colours.muted}"`) + text(296 + 290 * c, y + 15, (100 * c).toFixed(0) + "%");
  }).join("");
  const sure = sorted[0][1] - sorted[1][1] > 0.2 ? "" : " The next one is close: the moves hardly tell them apart.";
  return `<p>${best === guess ? "You and the models agree" : "The models give your guess " + (100 * w.chances[guess]).toFixed(0) + "%"}; likeliest: ${escaped(DATA.answers[best])}, ${(100 * sorted[0][1]).toFixed(0)}%.${sure}</p>` +
    svg(640, 122, "Chances: " + sorted.map(([n, c]) => `${DATA.answers[n]} ${(100 * c).toFixed(0)}%`).join(", "), bars) +
    '<p class="note">Chances of explanations in the economies with sticky prices, from <code>fiscax run episodes</code>.</p>';
}

// ---- game -------------------------------------------------------------------------------
// Spikes of both economies take turns in an order that does not tell which is next.
const DECK = (() => {
  const all = Object.entries(DATA.game.worlds).flatMap(([world, w]) => w.spikes.map((s, k) => ({ world, k })));
  return all.map((s, k) => [(k * 7919 + 13) % 1009, s]).sort((a, b) => a[0] - b[0]).map((p) => p[1]);
})();
const game = { played: [] };
const spikeOf = (card) => DATA.game.worlds[card.world].spikes[card.k];
const signed = (v, places = 1) => (v < 0 ? "−" : "+") + Math.abs(v).toFixed(places);
views.push({
  id: "game", title: "Game: you are the central bank", still: true,
  what: "Yields spike while stocks fall. You see prices, not causes, and not whether debt is safe or risky. Buy, or wait?",
  draw() {
    const n = game.played.length, G = DATA.game;
    let html = `<p class="note">A spike is a quarter in which the ten-year yield rises by ${G.rise} bp or more while stocks fall by ${G.fall}%: ` +
      Object.entries(G.worlds).map(([w, d]) => `${(100 * d.frequency).toFixed(1)} in a hundred quarters with ${w} debt`).join(", ") + ". Both have equal chances here.</p>";
    if (n) html += outcome(DECK[n - 1], game.played[n - 1]) + score();
    if (n >= DECK.length) return html + '<p>All spikes are played.</p><div class="choices"><button type="button" data-again="1">Play again</button></div>';
    const s = spikeOf(DECK[n]);
    return html + `<p class="big"><strong>Spike ${n + 1} of ${DECK.length}.</strong> Ten-year yield ${signed(s.yield_10y, 0)} bp, five-year ${signed(s.yield_5y, 0)} bp, stocks ${signed(s.equity)}%. You may buy ten-year bonds for ${G.amount}% of GDP.</p>` +
      '<div class="choices" role="group" aria-label="What do you do?">' + Object.entries(DATA.choices).map(([c, l]) => `<button type="button" data-choice="${c}">${escaped(l)}</button>`).join("") +
      (n ? '<button type="button" data-again="1">Start again</button>' : "") + "</div>";
  },
  rows() {
    const G = DATA.game, names = Object.keys(DATA.choices);
    return [["spike", "debt was", "10y, bp", "5y, bp", "stocks, %", "you", "right model", ...names.map((c) => `profit: ${DATA.choices[c]}, % of what is spent`), ...Object.values(G.shocks).map((l) => `of it ${l}, bp`)],
      ...DECK.slice(0, Math.max(3, game.played.length)).map((card, k) => {
        const s = spikeOf(card), open = k < game.played.length;
        if (!open) return [k + 1, "not played", ...Array(5 + names.length + Object.keys(G.shocks).length).fill("")];
        return [k + 1, card.world, s.yield_10y, s.yield_5y, s.equity, DATA.choices[game.played[k]], DATA.choices[s.right], ...names.map((c) => s.earned[c]), ...Object.keys(G.shocks).map((n) => s.parts[n] ?? 0)];
      })];
  },
  click(d) {
    if (d.choice) game.played.push(d.choice);
    else if (d.again) game.played = [];
    else return false;
    if (game.played.length) state.more.game = game.played.map((c) => c[0]).join("");
    else delete state.more.game;
    drawView(this, current());
    const n = game.played.length, next = $("#game .choices button");
    if (next) next.focus({ preventScroll: true });
    say(n === 0 ? "A new game." : told(DECK[n - 1], game.played[n - 1]));
    remember();
    return true;
  },
  restore(given) {
    const letters = Object.fromEntries(Object.keys(DATA.choices).map((c) => [c[0], c]));
    const told = [...(given.get("game") ?? "")].map((l) => letters[l]);
    game.played = told.every(Boolean) ? told.slice(0, DECK.length) : [];
    if (game.played.length) state.more.game = game.played.map((c) => c[0]).join("");
  },
});
// An outcome in a sentence, for who does not see the table.
function told(card, choice) {
  const s = spikeOf(card), y = DATA.game.worlds[card.world].years[choice];
  return `Debt was ${card.world}. You chose ${DATA.choices[choice]} and earned ${signed(s.earned[choice], 2)}% of what is spent; the right model chooses ${DATA.choices[s.right]}. ` +
    `Always doing so, prices are ${y.price_level.toFixed(1)}% higher after ten years, and ${(100 * y.backing_share).toFixed(0)}% of news is backed.`;
}
function outcome(card, choice) {
  const s = spikeOf(card), G = DATA.game, w = G.worlds[card.world];
  const causes = Object.entries(s.parts).filter(([, v]) => Math.abs(v) >= 1).sort((a, b) => b[1] - a[1])
    .map(([n, v]) => `${G.shocks[n]} ${signed(v, 0)} bp`).join(", ");
  const rows = Object.entries(DATA.choices).map(([c, l]) => {
    const y = w.years[c], you = c === choice ? " ← you" : "", right = c === s.right ? " ← right model" : "";
    return `<tr><th scope="row">${escaped(l)}${you}${right}</th><td class="number">${signed(s.earned[c], 2)}</td><td class="number">${signed(s.expected[c], 2)}</td><td class="number">${y.price_level.toFixed(1)}</td><td class="number">${(100 * y.backing_share).toFixed(0)}%</td></tr>`;
  }).join("");
  return `<div class="outcome"><p>Debt was <strong>${card.world}</strong>. What moved the ten-year yield: ${escaped(causes)}.</p>` +
    `<div class="scroll"><table><caption class="hidden">Outcomes</caption><thead><tr><th scope="col">Choice</th><th scope="col" class="number">profit, % of what is spent</th><th scope="col" class="number">expected by the right model</th><th scope="col" class="number">price level after ten years, %</th><th scope="col" class="number">discipline: share backed</th></tr></thead><tbody>${rows}</tbody></table></div>` +
    `<p class="note">Profit: price paid against what the bonds pay (<code>fiscax run lsap</code>). Last two columns: ten years of one fiscal package a year, answering every rise of yields on it with as many bonds either way, and a backing share of ${(100 * w.theta).toFixed(0)}% at rest (the government of <code>fiscax run two-minds</code>). ${escaped(lesson(w))}</p></div>`;
}
// What the two ways of buying do in ten years, from the numbers themselves.
function lesson(w) {
  const { wait, backstop, lasting } = w.years, pc = (y) => (100 * y.backing_share).toFixed(0) + "%";
  if (wait.backing_share === lasting.backing_share && wait.backing_share === backstop.backing_share)
    return "Taxes repay all of the news, so yields do not rise on it, and there is nothing to answer.";
  return `Bonds that are held for years add up to ${lasting.balance_sheet.toFixed(0)}% of GDP and still hold yields down when the next package comes: the government hears less of what its debt costs, and backs ${pc(lasting)} instead of ${pc(wait)}. Bonds that all know to be sold soon move yields little, and leave ${pc(backstop)}.`;
}
function score() {
  let you = 0, machine = 0, same = 0;
  game.played.forEach((c, k) => { const s = spikeOf(DECK[k]); you += s.earned[c]; machine += s.earned[s.right]; same += c === s.right; });
  const W = 560, most = Math.max(1, Math.abs(you), Math.abs(machine)), X = (v) => 300 + 200 * v / most;
  const bar = (label, v, y, colour) => text(90, y + 15, label, 'text-anchor="end"') + rect(Math.min(X(0), X(v)), y, Math.abs(X(v) - X(0)), 20, `fill="${colour}"`) + text(W - 40, y + 15, signed(v, 2), 'text-anchor="end" font-weight="600"');
  return svg(W, 66, `Profit so far: you ${signed(you, 2)}, right model ${signed(machine, 2)}`, bar("you", you, 6, DATA.colours.risky) + bar("right model", machine, 34, DATA.colours.muted) + line(X(0), 2, X(0), 60, `stroke="${INKED}"`)) +
    `<p class="note">Profit so far, percent of one purchase; you chose as the right model did in ${same} of ${game.played.length}.</p>`;
}
