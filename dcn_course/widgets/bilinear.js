// The figure of the chapter "Bilinear sampling". The same module runs live (anywidget) and in the built book.
// It may import nothing: the book joins all figures into one classic script.

const REACH = 1.5; // how far p may leave the image, in pixels
const STEP = 0.05, BIG_STEP = 0.25; // arrow keys, in pixels

// ---- the mathematics ------------------------------------------------------------------------------------------

/**
 * Sample an image (an array of rows) at p = (y, x), in pixels. Mirrors dcn_course.reference.bilinear.
 * `corners` are in the order of the formula: a, below a, diagonal, right of a.
 */
function compute(image, y, x, border) {
  if (!Number.isFinite(y) || !Number.isFinite(x)) throw new RangeError(`p must be finite, got (${y}, ${x})`);
  if (border !== "zeros" && border !== "project") throw new RangeError(`unknown border ${border}`);
  const H = image.length, W = image[0].length;
  let projected = [false, false];
  if (border === "project") {
    projected = [y < 0 || y >= H - 1, x < 0 || x >= W - 1];
    // eq: projection
    [y, x] = [clamp(y, 0, H - 1), clamp(x, 0, W - 1)];
  }
  // eq: bilinear-cell
  const ay = Math.floor(y) + 0, ax = Math.floor(x) + 0; // + 0 turns -0 into 0
  // eq: bilinear-weights
  const w = [1 - (y - ay), 1 - (x - ax), y - ay, x - ax];
  const corner = (qy, qx, weight) => {
    const inside = qy >= 0 && qy < H && qx >= 0 && qx < W;
    // eq: border-zeros
    const pixel = inside ? image[qy][qx] : 0;
    return { q: [qy, qx], inside, pixel, weight, product: weight * pixel };
  };
  const corners = [
    corner(ay, ax, w[0] * w[1]), corner(ay + 1, ax, w[1] * w[2]),
    corner(ay + 1, ax + 1, w[2] * w[3]), corner(ay, ax + 1, w[3] * w[0]),
  ];
  // eq: bilinear-value
  const value = corners.reduce((sum, c) => sum + c.product, 0);
  const [Xa, Xdown, Xdiagonal, Xright] = corners.map((c) => c.pixel);
  // eq: bilinear-derivative-y
  const dy = w[1] * (Xdown - Xa) + w[3] * (Xdiagonal - Xright);
  // eq: bilinear-derivative-x
  const dx = w[0] * (Xright - Xa) + w[2] * (Xdiagonal - Xdown);
  return { p: [y, x], a: [ay, ax], w, projected, corners, value, dy: projected[0] ? 0 : dy, dx: projected[1] ? 0 : dx };
}

function clamp(v, low, high) { return Math.min(Math.max(v, low), high); }

// ---- small tools ----------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const fill = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const set = (node, attributes) => fill(node, attributes, []);
/** Fixed text of this file as nodes; no data of a reader passes here. */
const rich = (tag, attributes, markup) => { const node = h(tag, attributes); node.innerHTML = markup; return node; };

/** A number with `digits` decimals and a real minus sign, and never "−0.00". */
function show(value, digits) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? (0).toFixed(digits) : text).replace("-", "\u2212");
}
const short = (value) => String(Number(value.toPrecision(3))).replace("-", "\u2212");
const signed = (value) => (value < 0 ? `(${short(value)})` : short(value));
const pair = ([y, x]) => `(${short(y)}, ${short(x)})`;

const NAMES = ["w₀w₁", "w₁w₂", "w₂w₃", "w₃w₀"]; // the areas, one a corner
const a11 = "X(a<sup>y</sup>+1, a<sup>x</sup>+1)", a10 = "X(a<sup>y</sup>+1, a<sup>x</sup>)", a01 = "X(a<sup>y</sup>, a<sup>x</sup>+1)";
let figures = 0; // numbers the figures of a page, so that their ids differ

/** Four hatches, so that the areas can be told apart without colour. */
function hatches(id) {
  const lines = ["M-2 2 2-2M0 12 12 0M10 14 14 10", "M-2 10 2 14M0 0 12 12M10-2 14 2", "M0 6H12", "M6 0V12"];
  return s("defs", {}, ...lines.map((d, i) =>
    s("pattern", { id: `${id}-${i}`, width: 12, height: 12, patternUnits: "userSpaceOnUse" },
      s("rect", { width: 12, height: 12, class: `dcn-tint dcn-c${i}` }), s("path", { d, class: `dcn-hatch dcn-c${i}` }))));
}

/** Grey of a value, and the ink that is legible on it. */
function greyOf(value, low, high) {
  const share = high > low ? clamp((value - low) / (high - low), 0, 1) : 0.5;
  const level = Math.round(34 + share * 216);
  return { level, grey: `rgb(${level} ${level} ${level})`, ink: level > 117 ? "#000" : "#fff" };
}

// ---- the figure -----------------------------------------------------------------------------------------------

function render({ model, el }) {
  const id = `dcn-bilinear-${++figures}`;
  const start = { y: model.get("y"), x: model.get("x"), border: model.get("border") };
  const parts = build(id);
  el.replaceChildren(parts.root);
  let stage = null; // what depends on the image: rebuilt when it changes

  const limits = () => { const image = model.get("image"); return [image.length - 1 + REACH, image[0].length - 1 + REACH]; };
  /** Move p; a hundredth of a pixel is as fine as the figure prints. */
  function move(y, x) {
    const [bottom, right] = limits(), round = (v) => Math.round(v * 100) / 100 + 0;
    model.set("y", clamp(round(y), -REACH, bottom));
    model.set("x", clamp(round(x), -REACH, right));
    model.save_changes();
  }
  const nudge = (dy, dx) => move(model.get("y") + dy, model.get("x") + dx);

  /** Arrow keys, the same on the point and on the two sliders; `axes` says which of them may move p. */
  function onKey(event, axes) {
    const image = model.get("image"), y = model.get("y"), x = model.get("x");
    const step = event.shiftKey ? BIG_STEP : STEP;
    const alone = axes.length === 1; // a slider moves along its axis by either pair of arrows
    const arrows = alone
      ? { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }
      : { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in arrows) {
      const d = arrows[event.key];
      if (!alone) nudge(d[0] * step, d[1] * step);
      else if (axes === "y") nudge(d * step, 0);
      else nudge(0, d * step);
    } else if (event.key === "PageUp") axes === "x" ? nudge(0, -1) : nudge(-1, 0);
    else if (event.key === "PageDown") axes === "x" ? nudge(0, 1) : nudge(1, 0);
    else if (event.key === "Home") axes === "y" ? move(0, x) : move(y, 0);
    else if (event.key === "End") axes === "y" ? move(image.length - 1, x) : move(y, image[0].length - 1);
    else return;
    event.preventDefault();
    event.stopPropagation(); // a notebook has shortcuts of its own on these keys
  }

  function onImage() {
    stage = buildStage(id, model.get("image"));
    parts.stage.replaceChildren(stage.svg);
    stage.handle.addEventListener("keydown", (event) => onKey(event, "yx"));
    followPointer(stage, () => [model.get("y"), model.get("x")], move);
    const [bottom, right] = limits();
    set(parts.y, { min: -REACH, max: bottom });
    set(parts.x, { min: -REACH, max: right });
    draw();
  }

  let announcing = 0;
  function draw() {
    const image = model.get("image"), y = model.get("y"), x = model.get("x"), border = model.get("border");
    const result = compute(image, y, x, border);
    drawStage(stage, image, y, x, border, result);
    drawCell(parts.cell, image, border, result);
    drawNumbers(parts, image, y, x, border, result);
    for (const radio of parts.borders) radio.checked = radio.value === border;
    clearTimeout(announcing); // speak once p rests, not at every step of a drag
    announcing = setTimeout(() => { parts.live.textContent = summary(y, x, border, result); }, 600);
  }

  // y and x change one after the other; draw once for both.
  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; draw(); });
  };

  parts.y.addEventListener("input", () => move(Number(parts.y.value), model.get("x")));
  parts.x.addEventListener("input", () => move(model.get("y"), Number(parts.x.value)));
  parts.y.addEventListener("keydown", (event) => onKey(event, "y"));
  parts.x.addEventListener("keydown", (event) => onKey(event, "x"));
  for (const radio of parts.borders)
    radio.addEventListener("change", () => { model.set("border", radio.value); model.save_changes(); });
  parts.reset.addEventListener("click", () => {
    model.set("border", start.border);
    move(start.y, start.x);
  });
  const heard = { "change:y": redraw, "change:x": redraw, "change:border": redraw, "change:image": onImage };
  for (const [event, f] of Object.entries(heard)) model.on(event, f);
  onImage();
  return () => {
    clearTimeout(announcing);
    for (const [event, f] of Object.entries(heard)) model.off(event, f);
  };
}

/** Everything but the image: made once. */
function build(id) {
  const slider = (name, label) => {
    const input = h("input", { type: "range", step: 0.01, id: `${id}-${name}` }), output = h("output", { for: `${id}-${name}` });
    return [input, output, h("div", { class: "dcn-slider" }, rich("label", { for: `${id}-${name}` }, label), input, output)];
  };
  const [y, yOut, yRow] = slider("y", "<i>p<sup>y</sup></i> <span>down</span>");
  const [x, xOut, xRow] = slider("x", "<i>p<sup>x</sup></i> <span>right</span>");
  const borders = ["zeros", "project"].map((value) => h("input", { type: "radio", name: `${id}-border`, value }));
  const reset = h("button", { type: "button", class: "dcn-reset" }, "Reset");
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
  const live = h("p", { class: "dcn-hidden", "aria-live": "polite" });

  const root = h("div", { class: "dcn-bilinear", role: "group", "aria-label": "Interactive figure: bilinear sampling" },
    h("div", { class: "dcn-inner" },
      h("div", { class: "dcn-plots" },
        h("div", {}, rich("p", { class: "dcn-title" }, "The image <span>drag <i>p</i>, or use the arrow keys</span>"), stage),
        h("div", {}, rich("p", { class: "dcn-title" }, "Its cell <span>each area weighs the opposite corner</span>"), cell.svg)),
      h("div", { class: "dcn-controls" }, yRow, xRow,
        h("div", { class: "dcn-choices" }, h("fieldset", {}, h("legend", {}, "Border"), h("div", { class: "dcn-switch" },
          ...borders.map((radio) => h("label", {}, radio, h("span", {}, radio.value))))), reset)),
      where,
      h("div", { class: "dcn-numbers" },
        h("div", {}, table, h("dl", { class: "dcn-weights" }, ...weights.map(({ name, formula, out }) =>
          h("div", {}, rich("dt", {}, `<i>${name}</i> = ${formula}`), h("dd", {}, out))))),
        h("div", { class: "dcn-slopes" }, dy.node, dx.node)),
      rich("div", { class: "dcn-try" }, `<p class="dcn-title">What to try</p><ul>
        <li>Put <i>p</i> on a pixel: which area remains?</li>
        <li>Cross a row slowly with <kbd>↓</kbd>. The value has no jump there; does the slope?</li>
        <li>Leave the image with either border: one fades to 0 over one pixel, the other keeps the border’s value and loses a slope.</li>
        <li>Can <i>X</i>(<i>p</i>) be larger than all four pixels? Look at the areas.</li></ul>
        <p class="dcn-keys">Keys: arrows move <i>p</i> by 0.05, with <kbd>Shift</kbd> by 0.25; <kbd>Home</kbd> and <kbd>End</kbd> go to the first and last pixel, <kbd>Page ↑</kbd> and <kbd>Page ↓</kbd> move by one pixel.</p>`),
      live));
  return { root, stage, cell, y, yOut, x, xOut, borders, reset, rows, value, weights, dy, dx, where, live };
}

function swatch(id, i) {
  return s("svg", { class: "dcn-swatch", viewBox: "0 0 24 24", "aria-hidden": "true" },
    s("rect", { x: 1, y: 1, width: 22, height: 22, rx: 3, fill: `url(#${id}-${i})`, class: `dcn-ring dcn-c${i}` }));
}

// ---- the image with the point: one pixel is 100 units ---------------------------------------------------------

const U = 100;

function buildStage(id, image) {
  const H = image.length, W = image[0].length;
  const left = (-REACH - 0.5) * U, top = (-REACH - 0.45) * U;
  const width = (W - 1 + REACH + 0.3) * U - left, height = (H - 1 + REACH + 0.3) * U - top;
  const surface = s("image", { x: -REACH * U, y: -REACH * U, width: (W - 1 + 2 * REACH) * U, height: (H - 1 + 2 * REACH) * U, preserveAspectRatio: "none" });
  const ticks = s("g", { class: "dcn-ticks", "aria-hidden": "true" });
  for (let x = -1; x <= W; x++) ticks.append(s("text", { x: x * U, y: top + 26 }, short(x)));
  for (let y = -1; y <= H; y++) ticks.append(s("text", { x: left + 22, y: y * U + 9 }, short(y)));
  ticks.append(s("text", { x: -REACH * U - 2, y: top + 26, class: "dcn-axis" }, "x →"), s("text", { x: left + 22, y: -REACH * U + 12, class: "dcn-axis" }, "y ↓"));
  const extent = s("rect", { class: "dcn-extent", width: (W - 1) * U, height: (H - 1) * U });
  const cell = [s("rect", { class: "dcn-cell-halo" }), s("rect", { class: "dcn-cell" })];
  const cross = s("path", { class: "dcn-cross" });
  const pixels = s("g", { class: "dcn-pixels" });
  const chips = new Map();
  for (let y = -1; y <= H; y++)
    for (let x = -1; x <= W; x++) {
      const inside = y >= 0 && y < H && x >= 0 && x < W;
      const rect = s("rect", { x: x * U - 27, y: y * U - 27, width: 54, height: 54, rx: 10 });
      const text = s("text", { x: x * U, y: y * U });
      const chip = s("g", { class: inside ? "dcn-chip" : "dcn-chip dcn-outside" }, rect, text);
      chips.set(`${y},${x}`, { chip, rect, text, y, x, inside });
      pixels.append(chip);
    }
  const leash = [s("path", { class: "dcn-leash-halo" }), s("path", { class: "dcn-leash" })];
  const landed = s("circle", { class: "dcn-landed", r: 10 });
  const handle = s("g", { class: "dcn-handle", tabindex: 0, role: "slider", "aria-label": "Sampling point p",
    "aria-roledescription": "movable point", "aria-orientation": "horizontal" },
    s("circle", { r: 46, class: "dcn-grip" }), s("circle", { r: 27, class: "dcn-focus" }),
    s("circle", { r: 19, class: "dcn-dot-rim" }), s("circle", { r: 15.5, class: "dcn-dot" }), s("circle", { r: 5, class: "dcn-dot-core" }));
  const svg = s("svg", { class: "dcn-image", viewBox: `${left} ${top} ${width} ${height}`, role: "group", "aria-label": `Image of ${H} by ${W} pixels with the sampling point` },
    surface, extent, ...cell, cross, ...leash, pixels, landed, ticks, handle);
  return { svg, surface, cell, cross, chips, leash, landed, handle, painted: "" };
}

/** Drag by mouse, pen or finger. Only the point itself keeps a finger from scrolling the page. */
function followPointer({ svg, handle }, where, move) {
  const at = (event) => {
    const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [p.y / U, p.x / U];
  };
  let grip = null, tap = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [y, x] = at(event), onHandle = handle.contains(event.target);
    if (!onHandle && event.pointerType !== "mouse") { tap = { x: event.clientX, y: event.clientY }; return; }
    if (!onHandle) move(y, x);
    const [py, px] = onHandle ? where() : [y, x];
    grip = { dy: py - y, dx: px - x }; // p keeps its distance from the finger
    svg.setPointerCapture(event.pointerId);
    svg.classList.add("dcn-dragging");
    handle.focus({ preventScroll: true });
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [y, x] = at(event);
    move(y + grip.dy, x + grip.dx);
  });
  const release = (event) => {
    // A finger that came and went in one place was a tap: p jumps there. A scroll ends in pointercancel.
    if (tap && event.type === "pointerup" && Math.hypot(event.clientX - tap.x, event.clientY - tap.y) < 10) move(...at(event));
    grip = tap = null;
    svg.classList.remove("dcn-dragging");
  };
  svg.addEventListener("pointerup", release);
  svg.addEventListener("pointercancel", release);
}

function range(image) {
  const all = image.flat();
  return [Math.min(0, ...all), Math.max(...all)]; // with 0, the grey of a pixel outside
}

function drawStage(stage, image, y, x, border, result) {
  const [low, high] = range(image);
  const key = JSON.stringify([image, border]);
  if (stage.painted !== key) {
    set(stage.surface, { href: paint(image, border, low, high) });
    for (const { chip, rect, text, y, x, inside } of stage.chips.values()) {
      const value = inside ? image[y][x] : 0, { grey, ink } = greyOf(value, low, high);
      chip.style.display = inside || border === "zeros" ? "" : "none";
      rect.style.fill = grey;
      rect.style.setProperty("--ink-on-grey", ink);
      text.style.fill = ink;
      text.textContent = short(value);
      text.style.fontSize = `${Math.min(30, 78 / text.textContent.length)}px`;
    }
    stage.painted = key;
  }
  const [ay, ax] = result.a, [qy, qx] = result.p;
  for (const { chip } of stage.chips.values()) chip.classList.remove("dcn-at", ...PLACES.map((_, i) => `dcn-c${i}`));
  result.corners.forEach(({ q }, i) => stage.chips.get(`${q}`)?.chip.classList.add("dcn-at", `dcn-c${i}`));
  for (const rect of stage.cell) set(rect, { x: ax * U, y: ay * U, width: U, height: U });
  set(stage.cross, { d: `M${ax * U} ${qy * U}h${U}M${qx * U} ${ay * U}v${U}` });
  const moved = qy !== y || qx !== x;
  for (const node of [...stage.leash, stage.landed]) node.style.display = moved ? "" : "none";
  for (const path of stage.leash) set(path, { d: `M${x * U} ${y * U}L${qx * U} ${qy * U}` });
  set(stage.landed, { cx: qx * U, cy: qy * U });
  set(stage.handle, {
    transform: `translate(${x * U} ${y * U})`, "aria-valuemin": -REACH, "aria-valuemax": image[0].length - 1 + REACH,
    "aria-valuenow": x, "aria-valuetext": spoken(y, x, result),
  });
}

/** Paint X(p) over the whole stage, as a picture. */
function paint(image, border, low, high) {
  const fine = 16, H = image.length - 1 + 2 * REACH, W = image[0].length - 1 + 2 * REACH;
  const canvas = h("canvas", { width: Math.round(W * fine), height: Math.round(H * fine) });
  const context = canvas.getContext("2d"), data = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.height; i++)
    for (let j = 0; j < canvas.width; j++) {
      const { value } = compute(image, (i + 0.5) / fine - REACH, (j + 0.5) / fine - REACH, border);
      const { level } = greyOf(value, low, high);
      data.data.set([level, level, level, 255], 4 * (i * canvas.width + j));
    }
  context.putImageData(data, 0, 0);
  return canvas.toDataURL();
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
  for (const [input, output, value, word] of [[parts.y, parts.yOut, y, "down"], [parts.x, parts.xOut, x, "right"]]) {
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
    `<i>p</i> = (${show(y, 2)}, ${show(x, 2)})${moved ? ` <span aria-hidden="true">→</span><span class="dcn-hidden">projected to</span> (${show(result.p[0], 2)}, ${show(result.p[1], 2)})` : ""}`
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

const spoken = (y, x, result) => `y ${show(y, 2)}, x ${show(x, 2)}, value ${show(result.value, 2)}`;

function summary(y, x, border, result) {
  return `Border ${border}. p at y ${show(y, 2)}, x ${show(x, 2)}, in the cell at ${pair(result.a)}. Value ${show(result.value, 4)}, `
    + `slope in y ${show(result.dy, 4)}, slope in x ${show(result.dx, 4)}.`;
}

export default { render, compute };
