// Words of the page and their contrast with what lies under them (WCAG 2.2, relative
// luminance): pairs.
(() => {
  const parts = (c) => c.match(/[\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = parts(c).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const solid = (c) => c.startsWith("rgb(") || (c.startsWith("rgba(") && parts(c)[3] === 1);
  const ground = (e) => {
    const own = e.getBoundingClientRect(), x = own.x + own.width / 2, y = own.y + own.height / 2;
    const under = e.ownerSVGElement ? [...e.ownerSVGElement.querySelectorAll("rect, path, circle")].filter((s) => {
      const b = s.getBoundingClientRect(), fill = getComputedStyle(s).fill;
      return solid(fill) && b.left < x && x < b.right && b.top < y && y < b.bottom &&
        s.tagName === "rect" && s.compareDocumentPosition(e) & 4;
    }) : [];
    if (under.length) return getComputedStyle(under.at(-1)).fill;
    for (let at = e; at; at = at.parentElement) {
      const c = getComputedStyle(at).backgroundColor;
      if (solid(c)) return c;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, words = walk.currentNode.data.trim();
    if (!words || e.matches("script, title, style") || !e.getClientRects().length) continue;
    const s = getComputedStyle(e), a = light(e.ownerSVGElement ? s.fill : s.color), b = light(ground(e));
    found.push([words.slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
  }
  return found;
})()
