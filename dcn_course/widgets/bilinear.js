// The figure of the chapter "Bilinear sampling"; common.js stands in front of it.

const REACH = 1.5; // how far p may leave the image, in pixels
const signed = (value) => (value < 0 ? `(${short(value)})` : short(value));
const NAMES = ["w₀w₁", "w₁w₂", "w₂w₃", "w₃w₀"]; // the areas, one a corner
const a11 = "X(a<sup>y</sup>+1, a<sup>x</sup>+1)", a10 = "X(a<sup>y</sup>+1, a<sup>x</sup>)", a01 = "X(a<sup>y</sup>, a<sup>x</sup>+1)";

/** Four hatches, so that the areas can be told apart without colour. */
function hatches(id) {
  const lines = ["M-2 2 2-2M0 12 12 0M10 14 14 10", "M-2 10 2 14M0 0 12 12M10-2 14 2", "M0 6H12", "M6 0V12"];
  return s("defs", {}, ...lines.map((d, i) =>
    s("pattern", { id: `${id}-${i}`, width: 12, height: 12, patternUnits: "userSpaceOnUse" },
      s("rect", { width: 12, height: 12, class: `dcn-tint dcn-c${i}` }), s("path", { d, class: `dcn-hatch dcn-c${i}` }))));
}

// ---- the figure -----------------------------------------------------------------------------------------------

function render({ model, el }) {
  const start = { y: model.get("y"), x: model.get("x"), border: model.get("border") };
  /** Move p; a hundredth of a pixel is as fine as the figure prints. */
  function move(y, x) {
    const image = model.get("image");
    model.set("y", clamp(hundredth(y), -REACH, image.length - 1 + REACH));
    model.set("x", clamp(hundredth(x), -REACH, image[0].length - 1 + REACH));
    model.save_changes();
  }
  function reset() {
    model.set("border", start.border);
    move(start.y, start.x);
  }
  return mount(model, ["image"], ["y", "x", "border"], () => {
    const id = newId("bilinear"), image = model.get("image"), H = image.length, W = image[0].length;
    const where = () => [model.get("y"), model.get("x")];
    const parts = build(id, model, reset), stage = buildStage(H, W);
    parts.stage.replaceChildren(stage.svg);
    const keys = (node, axes) => node.addEventListener("keydown", (event) => {
      const to = keyMove(event, where(), [H, W], axes);
      if (to) move(...to);
    });
    keys(stage.handle, "yx");
    keys(parts.y.input, "y");
    keys(parts.x.input, "x");
    dragging(stage.svg, [stage.handle], onLattice, where, (_, y, x) => move(y, x));
    set(parts.y.input, { min: -REACH, max: H - 1 + REACH });
    set(parts.x.input, { min: -REACH, max: W - 1 + REACH });
    parts.y.input.addEventListener("input", () => move(Number(parts.y.input.value), model.get("x")));
    parts.x.input.addEventListener("input", () => move(model.get("y"), Number(parts.x.input.value)));
    el.replaceChildren(parts.root);
    return () => {
      const [y, x] = where(), border = model.get("border"), result = sampleAt(image, y, x, border);
      drawStage(stage, image, y, x, border, result);
      drawCell(parts.cell, image, border, result);
      drawNumbers(parts, image, y, x, border, result);
      parts.border.draw();
      parts.say(summary(y, x, border, result));
    };
  });
}

/** Everything but the image. */
function build(id, model, onReset) {
  const y = slider(`${id}-y`, "<i>p<sup>y</sup></i> <span>down</span>", { step: 0.01 });
  const x = slider(`${id}-x`, "<i>p<sup>x</sup></i> <span>right</span>", { step: 0.01 });
  const border = choice(`${id}-border`, "Border", model, "border", ["zeros", "project"]);
  const stage = h("div", { class: "dcn-stage" });
  const cell = buildCell(id);
  const rows = NAMES.map((name, i) => ({
    q: h("span"), pixel: h("td"), weight: h("span"), product: h("td"), name, i,
  }));
  const value = h("td");
  const table = h("table", { class: "dcn-terms" },
    h("caption", { class: "dcn-hidden" }, "The four terms of the value at p"),
    h("thead", {}, h("tr", {},
      h("th", { scope: "col" }, "pixel"), rich("th", { scope: "col" }, "<i>X</i>"),
      h("th", { scope: "col" }, "area"), rich("th", { scope: "col" }, "area · <i>X</i>"))),
    h("tbody", {}, ...rows.map(({ q, pixel, weight, product, name, i }) => h("tr", {},
      h("th", { scope: "row" }, swatch(id, i), ...(i ? [] : [h("i", {}, "a"), " = "]), q), pixel,
      h("td", {}, h("i", { class: "dcn-name" }, name), weight), product))),
    h("tfoot", {}, h("tr", {}, rich("th", { scope: "row", colspan: 3 }, "<i>X</i>(<i>p</i>), the sum"), value)));
  const weights = ["1 − (p<sup>y</sup> − a<sup>y</sup>)", "1 − (p<sup>x</sup> − a<sup>x</sup>)", "p<sup>y</sup> − a<sup>y</sup>", "p<sup>x</sup> − a<sup>x</sup>"]
    .map((formula, i) => ({ formula, name: `w${"₀₁₂₃"[i]}`, out: h("b") }));
  const slope = (axis, formula) => {
    const out = h("b"), terms = h("p", { class: "dcn-sum" }), note = h("p", { class: "dcn-note" });
    const symbols = rich("p", { class: "dcn-formula" }, formula);
    return { out, formula: symbols, terms, note,
      node: h("section", {}, rich("p", { class: "dcn-slope" }, `<i>∂X</i>/<i>∂${axis}</i>`), out, symbols, terms, note) };
  };
  const dy = slope("y", `w₁ (${a10} − X(a)) + w₃ (${a11} − ${a01})`);
  const dx = slope("x", `w₀ (${a01} − X(a)) + w₂ (${a11} − ${a10})`);
  const where = h("p", { class: "dcn-where" });
  const [live, say] = speaker();

  const root = frame("bilinear", "bilinear sampling",
    h("div", { class: "dcn-plots" },
      h("div", {}, title("The image", "drag <i>p</i>, or use the arrow keys"), stage),
      h("div", {}, title("Its cell", "each area weighs the opposite corner"), cell.svg)),
    h("div", { class: "dcn-controls" }, y.row, x.row,
      h("div", { class: "dcn-choices" }, border.node, button("Reset", onReset))),
    where,
    h("div", { class: "dcn-numbers" },
      h("div", {}, table, h("dl", { class: "dcn-weights" }, ...weights.map(({ name, formula, out }) =>
        h("div", {}, rich("dt", {}, `<i>${name}</i> = ${formula}`), h("dd", {}, out))))),
      h("div", { class: "dcn-slopes" }, dy.node, dx.node)),
    hints([
      "Put <i>p</i> on a pixel: which area remains?",
      "Cross a row slowly with <kbd>↓</kbd>. The value has no jump there; does the slope?",
      "Leave the image with either border: one fades to 0 over one pixel, the other keeps the border’s value and loses a slope.",
      "Can <i>X</i>(<i>p</i>) be larger than all four pixels? Look at the areas.",
    ], "Keys: arrows move <i>p</i> by 0.05, with <kbd>Shift</kbd> by 0.25; <kbd>Home</kbd> and <kbd>End</kbd> go to the first and last pixel, <kbd>Page ↑</kbd> and <kbd>Page ↓</kbd> move by one pixel."),
    live);
  return { root, stage, cell, y, x, border, rows, value, weights, dy, dx, where, say };
}

function swatch(id, i) {
  return s("svg", { class: "dcn-swatch", viewBox: "0 0 24 24", "aria-hidden": "true" },
    s("rect", { x: 1, y: 1, width: 22, height: 22, rx: 3, fill: `url(#${id}-${i})`, class: `dcn-ring dcn-c${i}` }));
}

// ---- the image with the point ---------------------------------------------------------------------------------

function buildStage(H, W) {
  const stage = lattice(H, W, REACH, `Image of ${H} by ${W} pixels with the sampling point`);
  const cell = [s("rect", { class: "dcn-cell-halo" }), s("rect", { class: "dcn-cell" })];
  const cross = s("path", { class: "dcn-cross" }), line = leash();
  const landed = s("circle", { class: "dcn-landed", r: 10 }), point = handle("Sampling point p");
  stage.under.append(...cell, cross, ...line.lines);
  stage.over.append(landed, point);
  return { ...stage, cell, cross, line, landed, handle: point };
}

function drawStage(stage, image, y, x, border, result) {
  paintLattice(stage, image, border);
  const [ay, ax] = result.a, [qy, qx] = result.p;
  for (const { chip } of stage.chips.values()) chip.classList.remove("dcn-at", ...PLACES.map((_, i) => `dcn-c${i}`));
  result.corners.forEach(({ q }, i) => stage.chips.get(`${q}`)?.chip.classList.add("dcn-at", `dcn-c${i}`));
  for (const rect of stage.cell) set(rect, { x: ax * U, y: ay * U, width: U, height: U });
  set(stage.cross, { d: `M${ax * U} ${qy * U}h${U}M${qx * U} ${ay * U}v${U}` });
  const moved = qy !== y || qx !== x;
  for (const node of [...stage.line.lines, stage.landed]) visible(node, moved);
  stage.line.draw([y, x], [qy, qx]);
  set(stage.landed, { cx: qx * U, cy: qy * U });
  placeHandle(stage.handle, [y, x], [-REACH, image[0].length - 1 + REACH], spoken(y, x, result));
}

// ---- the cell, enlarged ---------------------------------------------------------------------------------------

const C = 300, OUT = 24, CHIP = 62; // side of the cell, how far the corners stand out of it, side of a corner
const PLACES = [[0, 0], [1, 0], [1, 1], [0, 1]]; // the corners as (down, right), in the order of the formula

function buildCell(id) {
  const areas = PLACES.map((_, i) => s("rect", { fill: `url(#${id}-${i})`, class: `dcn-ring dcn-c${i}` }));
  const names = NAMES.map((name) => s("text", { class: "dcn-area-name" }, name));
  const corners = PLACES.map(([down, right], i) => {
    const x = right * C + (right ? OUT : -OUT), y = down * C + (down ? OUT : -OUT);
    const rect = s("rect", { x: x - CHIP / 2, y: y - CHIP / 2, width: CHIP, height: CHIP, rx: 12, class: `dcn-c${i}` });
    const text = s("text", { x, y });
    return { rect, text, node: s("g", { class: "dcn-corner" }, rect, text) };
  });
  const edges = Object.fromEntries(["w₃", "w₁", "w₂", "w₀"].map((name) => [name, s("text", { class: "dcn-edge" }, name)]));
  const bars = s("path", { class: "dcn-bars" });
  const cross = s("path", { class: "dcn-split" });
  const dot = s("circle", { class: "dcn-landed", r: 11 });
  const p = s("text", { class: "dcn-p" }, "p");
  const svg = s("svg", { class: "dcn-zoom", viewBox: `-88 -64 ${C + 152} ${C + 128}`, role: "img" },
    hatches(id), ...areas, cross, ...names, bars, ...Object.values(edges), ...corners.map((c) => c.node),
    s("text", { x: -74, y: -24, class: "dcn-p" }, "a"), dot, p);
  return { svg, areas, names, corners, edges, bars, cross, dot, p };
}

function drawCell(cell, image, border, result) {
  const [low, high] = range(image), [, , w2, w3] = result.w, X = w3 * C, Y = w2 * C;
  const boxes = [[X, Y, C - X, C - Y], [X, 0, C - X, Y], [0, 0, X, Y], [0, Y, X, C - Y]]; // opposite each corner
  boxes.forEach(([x, y, width, height], i) => {
    set(cell.areas[i], { x, y, width, height });
    cell.names[i].style.display = width > 76 && height > 40 ? "" : "none";
    set(cell.names[i], { x: x + width / 2, y: y + height / 2 });
  });
  cell.corners.forEach(({ rect, text, node }, i) => {
    const { inside, pixel } = result.corners[i], { grey, ink } = greyOf(pixel, low, high);
    const unread = !inside && border === "project";
    node.classList.toggle("dcn-outside", !inside);
    rect.style.fill = unread ? "" : grey;
    text.style.fill = unread ? "" : ink;
    text.textContent = unread ? "–" : short(pixel);
    text.style.fontSize = `${Math.min(32, 84 / text.textContent.length)}px`;
  });
  set(cell.cross, { d: `M0 ${Y}H${C}M${X} 0V${C}` });
  const edge = (name, from, to, place) => {
    cell.edges[name].style.display = to - from > 26 ? "" : "none";
    set(cell.edges[name], place((from + to) / 2));
  };
  const above = (x) => ({ x, y: -26 }), beside = (y) => ({ x: -32, y });
  edge("w₃", 17, X, above); edge("w₁", X, C - 17, above);
  edge("w₂", 17, Y, beside); edge("w₀", Y, C - 17, beside);
  set(cell.bars, { d: `M${X} -6v-12M-6 ${Y}h-12` });
  set(cell.dot, { cx: X, cy: Y });
  set(cell.p, { x: X + (w3 > 0.85 ? -24 : 24), y: Y + (w2 > 0.15 ? -20 : 24) });
  set(cell.svg, { "aria-label": `The cell of p: ${result.corners.map((c) => `pixel ${pair(c.q)} has the area ${show(c.weight, 4)}`).join(", ")}.` });
}

// ---- numbers and words ----------------------------------------------------------------------------------------

function drawNumbers(parts, image, y, x, border, result) {
  for (const [{ input, output }, value, word] of [[parts.y, y, "down"], [parts.x, x, "right"]]) {
    input.value = value;
    output.textContent = show(value, 2);
    set(input, { "aria-valuetext": `${show(value, 2)} pixels ${word}; ${spoken(y, x, result)}` });
  }
  parts.rows.forEach(({ q, pixel, weight, product }, i) => {
    const corner = result.corners[i], unread = !corner.inside && border === "project";
    q.textContent = pair(corner.q);
    pixel.replaceChildren(unread ? "–" : short(corner.pixel),
      ...(corner.inside ? [] : [h("span", { class: "dcn-hidden" }, unread ? " outside, not read" : " outside")]));
    weight.textContent = show(corner.weight, 4);
    product.textContent = show(corner.product, 4);
  });
  parts.value.textContent = show(result.value, 4);
  parts.weights.forEach(({ out }, i) => { out.textContent = show(result.w[i], 2); });

  const [w0, w1, w2, w3] = result.w.map((v) => show(v, 2)), [Xa, Xdown, Xdiagonal, Xright] = result.corners.map((c) => c.pixel);
  const sum = (wa, from, to, wb, from2, to2) => `${wa} · (${short(to)} − ${signed(from)}) + ${wb} · (${short(to2)} − ${signed(from2)})`;
  drawSlope(parts.dy, result.dy, result.projected[0], y, sum(w1, Xa, Xdown, w3, Xright, Xdiagonal), "y", "row");
  drawSlope(parts.dx, result.dx, result.projected[1], x, sum(w0, Xa, Xright, w2, Xdown, Xdiagonal), "x", "column");

  const moved = result.p[0] !== y || result.p[1] !== x;
  parts.where.replaceChildren(...rich("p", {},
    `<i>p</i> = ${place([y, x])}${moved ? ` <span aria-hidden="true">→</span><span class="dcn-hidden">projected to</span> ${place(result.p)}` : ""}`
    + ` <span>in the cell at</span> <i>a</i> = ${pair(result.a)}<span>:</span> <i>X</i>(<i>p</i>) = <b>${show(result.value, 4)}</b>`).childNodes);
}

function drawSlope(slope, value, projected, coordinate, terms, axis, line) {
  slope.out.textContent = show(value, 4);
  slope.formula.style.display = slope.terms.style.display = projected ? "none" : "";
  slope.terms.textContent = `${terms} = ${show(value, 4)}`;
  slope.note.textContent = projected
    ? `The border holds p in ${axis}: moving it further out changes nothing.`
    : Number.isInteger(coordinate) ? `p lies on ${line} ${short(coordinate)}: this is the right-hand slope.` : "";
}

const spoken = (y, x, result) => `${spokenPlace([y, x])}, value ${show(result.value, 2)}`;

function summary(y, x, border, result) {
  return `Border ${border}. p at y ${show(y, 2)}, x ${show(x, 2)}, in the cell at ${pair(result.a)}. Value ${show(result.value, 4)}, `
    + `slope in y ${show(result.dy, 4)}, slope in x ${show(result.dx, 4)}.`;
}

export default { render, compute: sampleAt };
