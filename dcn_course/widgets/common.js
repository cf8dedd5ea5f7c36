// What the interactive figures share. It stands in front of each figure's own module: live (anywidget) in the
// same module, in the built book once for all figures of a page. So it exports nothing and may import nothing.

const STEP = 0.05, BIG_STEP = 0.25; // arrow keys, in pixels

// ---- the mathematics ------------------------------------------------------------------------------------------

function clamp(v, low, high) { return Math.min(Math.max(v, low), high); }

/**
 * Sample an image (an array of rows) at p = (y, x), in pixels. Mirrors dcn_course.reference.bilinear.
 * `corners` are in the order of the formula: a, below a, diagonal, right of a.
 */
function sampleAt(image, y, x, border) {
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

/** Least and greatest pixel, with 0, the grey of a pixel outside. */
function range(image) {
  const all = image.flat();
  return [Math.min(0, ...all), Math.max(...all)];
}

// ---- nodes and words ------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const fill = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const set = (node, attributes) => fill(node, attributes, []);
const visible = (node, yes) => { node.style.display = yes ? "" : "none"; };
/** Fixed text of these files as nodes; no data of a reader passes here. */
const rich = (tag, attributes, markup) => { const node = h(tag, attributes); node.innerHTML = markup; return node; };

/** A number with `digits` decimals and a real minus sign, and never "−0.00". */
function show(value, digits) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? (0).toFixed(digits) : text).replace("-", "\u2212");
}
const short = (value) => String(Number(value.toPrecision(3))).replace("-", "\u2212");
const pair = ([y, x]) => `(${short(y)}, ${short(x)})`;
const place = ([y, x]) => `(${show(y, 2)}, ${show(x, 2)})`;
const spokenPlace = ([y, x]) => `y ${show(y, 2)}, x ${show(x, 2)}`;
const hundredth = (v) => Math.round(v * 100) / 100 + 0; // as fine as the figures print

let figures = 0; // numbers the figures of a page, so that their ids differ
const newId = (name) => `dcn-${name}-${++figures}`;

/** Grey of a value, and the ink that is legible on it. */
function greyOf(value, low, high) {
  const share = high > low ? clamp((value - low) / (high - low), 0, 1) : 0.5;
  const level = Math.round(34 + share * 216);
  return { level, grey: `rgb(${level} ${level} ${level})`, ink: level > 117 ? "#000" : "#fff" };
}

// ---- a figure and its controls --------------------------------------------------------------------------------

/**
 * Build the figure anew when a part of `structure` changes, draw it when a part of `state` does; `build` puts it
 * into the page and returns the function that draws. The result ends the figure.
 */
function mount(model, structure, state, build) {
  let draw, waiting = false;
  const rebuild = () => { draw = build(); draw(); };
  const redraw = () => { // y and x change one after the other; draw once for both
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; draw(); });
  };
  const heard = [...structure.map((name) => [name, rebuild]), ...state.map((name) => [name, redraw])];
  for (const [name, f] of heard) model.on(`change:${name}`, f);
  rebuild();
  return () => { for (const [name, f] of heard) model.off(`change:${name}`, f); };
}

/** The frame around a figure; it is named for those who do not see it. */
function frame(name, label, ...children) {
  return h("div", { class: `dcn-fig dcn-${name}`, role: "group", "aria-label": `Interactive figure: ${label}` },
    h("div", { class: "dcn-inner" }, ...children));
}

const title = (text, hint) => rich("p", { class: "dcn-title" }, hint ? `${text} <span>${hint}</span>` : text);

/** Hints on what to try, and the keys. */
const hints = (tries, keys) => rich("div", { class: "dcn-try" },
  `<p class="dcn-title">What to try</p><ul>${tries.map((text) => `<li>${text}</li>`).join("")}</ul><p class="dcn-keys">${keys}</p>`);

/** A place for what a screen reader says, and the function that says it once things rest. */
function speaker() {
  const live = h("p", { class: "dcn-hidden", "aria-live": "polite" });
  let timer = 0;
  return [live, (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => { live.textContent = text; }, 600);
  }];
}

const button = (text, click) => {
  const node = h("button", { type: "button", class: "dcn-button" }, text);
  node.addEventListener("click", click);
  return node;
};

/** A labelled slider with its value beside it. */
function slider(id, label, attributes) {
  const input = h("input", { type: "range", id, ...attributes }), output = h("output", { for: id });
  return { input, output, row: h("div", { class: "dcn-slider" }, rich("label", { for: id }, label), input, output) };
}

/** A switch between a few values of a trait. */
function choice(id, legend, model, name, values) {
  const radios = values.map((value) => h("input", { type: "radio", name: id, value }));
  for (const radio of radios)
    radio.addEventListener("change", () => { model.set(name, radio.value); model.save_changes(); });
  const node = h("fieldset", {}, h("legend", {}, legend), h("div", { class: "dcn-switch" },
    ...radios.map((radio) => h("label", {}, radio, h("span", {}, radio.value)))));
  return { node, draw: () => { for (const radio of radios) radio.checked = radio.value === model.get(name); } };
}

/**
 * Where a key moves a point at (y, x) in an image of H by W pixels, or null. `axes` is "yx", or the one axis of a
 * slider, which moves by either pair of arrows.
 */
function keyMove(event, [y, x], [H, W], axes) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const step = event.shiftKey ? BIG_STEP : STEP, alone = axes.length === 1;
  const arrows = alone
    ? { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }
    : { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const along = (d) => (axes === "x" ? [y, x + d] : [y + d, x]);
  let to;
  if (event.key in arrows) {
    const d = arrows[event.key];
    to = alone ? along(d * step) : [y + d[0] * step, x + d[1] * step];
  } else if (event.key === "PageUp") to = along(-1);
  else if (event.key === "PageDown") to = along(1);
  else if (event.key === "Home") to = axes === "y" ? [0, x] : [y, 0];
  else if (event.key === "End") to = axes === "y" ? [H - 1, x] : [y, W - 1];
  else return null;
  event.preventDefault();
  event.stopPropagation(); // a notebook has shortcuts of its own on these keys
  return to;
}

/** A point that can be moved, with a name on it where there are several; a slider for those who do not see it. */
function handle(label, text = "") {
  const [ring, rim, dot] = text === "" ? [27, 19, 15.5] : [32, 24, 20.5];
  const core = text === "" ? s("circle", { r: 5, class: "dcn-dot-core" }) : s("text", { class: "dcn-dot-text" }, text);
  return s("g", { class: "dcn-handle", tabindex: 0, role: "slider", "aria-label": label,
    "aria-roledescription": "movable point", "aria-orientation": "horizontal" },
    s("circle", { r: 46, class: "dcn-grip" }), s("circle", { r: ring, class: "dcn-focus" }),
    s("circle", { r: rim, class: "dcn-dot-rim" }), s("circle", { r: dot, class: "dcn-dot" }), core);
}

/**
 * Drag handles by mouse, pen or finger. `at` turns the units of the drawing into a place, `where(i)` is the place of
 * handle i and `move(i, y, x)` brings it elsewhere. A single handle also comes to where one clicks or taps. Only
 * the handles keep a finger from scrolling the page.
 */
function dragging(svg, handles, at, where, move) {
  const place = (event) => at(new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()));
  let grip = null, tap = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [y, x] = place(event), hit = handles.findIndex((node) => node.contains(event.target));
    if (hit < 0 && handles.length > 1) return;
    if (hit < 0 && event.pointerType !== "mouse") { tap = { x: event.clientX, y: event.clientY }; return; }
    if (hit < 0) move(0, y, x);
    const i = Math.max(hit, 0), [py, px] = hit < 0 ? [y, x] : where(i);
    grip = { i, dy: py - y, dx: px - x }; // the point keeps its distance from the finger
    svg.setPointerCapture(event.pointerId);
    svg.classList.add("dcn-dragging");
    handles[i].focus({ preventScroll: true });
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [y, x] = place(event);
    move(grip.i, y + grip.dy, x + grip.dx);
  });
  const release = (event) => {
    // A finger that came and went in one place was a tap: the point jumps there. A scroll ends in pointercancel.
    if (tap && event.type === "pointerup" && Math.hypot(event.clientX - tap.x, event.clientY - tap.y) < 10) move(0, ...place(event));
    grip = tap = null;
    svg.classList.remove("dcn-dragging");
  };
  svg.addEventListener("pointerup", release);
  svg.addEventListener("pointercancel", release);
}

// ---- an image with its pixels: one pixel is 100 units ---------------------------------------------------------

const U = 100;
const onLattice = (point) => [point.y / U, point.x / U];

/** The stage: pixels as chips, ticks, and the layers `under` and `over` the pixels for what a figure adds. */
function lattice(H, W, reach, label) {
  const left = (-reach - 0.5) * U, top = (-reach - 0.45) * U;
  const width = (W - 1 + reach + 0.3) * U - left, height = (H - 1 + reach + 0.3) * U - top;
  const surface = s("image", { x: -reach * U, y: -reach * U, width: (W - 1 + 2 * reach) * U, height: (H - 1 + 2 * reach) * U, preserveAspectRatio: "none" });
  const ticks = s("g", { class: "dcn-ticks", "aria-hidden": "true" });
  for (let x = -1; x <= W; x++) ticks.append(s("text", { x: x * U, y: top + 26 }, short(x)));
  for (let y = -1; y <= H; y++) ticks.append(s("text", { x: left + 22, y: y * U + 9 }, short(y)));
  ticks.append(s("text", { x: -reach * U - 2, y: top + 26, class: "dcn-axis" }, "x →"), s("text", { x: left + 22, y: -reach * U + 12, class: "dcn-axis" }, "y ↓"));
  const extent = s("rect", { class: "dcn-extent", width: (W - 1) * U, height: (H - 1) * U });
  const under = s("g"), over = s("g"), pixels = s("g", { class: "dcn-pixels" }), chips = new Map();
  for (let y = -1; y <= H; y++)
    for (let x = -1; x <= W; x++) {
      const inside = y >= 0 && y < H && x >= 0 && x < W;
      const rect = s("rect", { x: x * U - 27, y: y * U - 27, width: 54, height: 54, rx: 10 });
      const text = s("text", { x: x * U, y: y * U });
      const chip = s("g", { class: inside ? "dcn-chip" : "dcn-chip dcn-outside" }, rect, text);
      chips.set(`${y},${x}`, { chip, rect, text, y, x, inside });
      pixels.append(chip);
    }
  const svg = s("svg", { class: "dcn-image", viewBox: `${left} ${top} ${width} ${height}`, role: "group", "aria-label": label },
    surface, extent, under, pixels, ticks, over);
  return { svg, surface, chips, under, over, reach, painted: "" };
}

/** A number in a chip, in a size that fits. */
function write({ text }, words) {
  text.textContent = words;
  text.style.fontSize = `${Math.min(30, 78 / words.length)}px`;
}

/** Show an image on the stage: its values on the chips, and X(p) for all p as a picture. */
function paintLattice(stage, image, border) {
  const key = JSON.stringify([image, border]), [low, high] = range(image);
  if (stage.painted === key) return;
  set(stage.surface, { href: picture(image, border, low, high, stage.reach) });
  for (const chip of stage.chips.values()) {
    const value = chip.inside ? image[chip.y][chip.x] : 0, { grey, ink } = greyOf(value, low, high);
    visible(chip.chip, chip.inside || border === "zeros");
    chip.rect.style.fill = grey;
    chip.rect.style.setProperty("--ink-on-grey", ink);
    chip.text.style.fill = ink;
    write(chip, short(value));
  }
  stage.painted = key;
}

function picture(image, border, low, high, reach) {
  const fine = 16, H = image.length - 1 + 2 * reach, W = image[0].length - 1 + 2 * reach;
  const canvas = h("canvas", { width: Math.round(W * fine), height: Math.round(H * fine) });
  const context = canvas.getContext("2d"), data = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.height; i++)
    for (let j = 0; j < canvas.width; j++) {
      const { value } = sampleAt(image, (i + 0.5) / fine - reach, (j + 0.5) / fine - reach, border);
      const { level } = greyOf(value, low, high);
      data.data.set([level, level, level, 255], 4 * (i * canvas.width + j));
    }
  context.putImageData(data, 0, 0);
  return canvas.toDataURL();
}

/** Put a handle at p and say where it is; `bounds` are the least and greatest x. */
function placeHandle(node, [y, x], [low, high], words, transform = `translate(${x * U} ${y * U})`) {
  set(node, { transform, "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": x, "aria-valuetext": words });
}

/** A dashed line that is seen on light and dark. */
function leash() {
  const lines = [s("path", { class: "dcn-leash-halo" }), s("path", { class: "dcn-leash" })];
  return { lines, draw([y0, x0], [y1, x1]) { for (const line of lines) set(line, { d: `M${x0 * U} ${y0 * U}L${x1 * U} ${y1 * U}` }); } };
}

// ---- a plot ---------------------------------------------------------------------------------------------------

/**
 * Axes over [x0, x1] by [y0, y1] with marks at `xTicks` and `yTicks`, in units of about a screen pixel; `words` turns
 * a mark into text. `add` puts a node on top, `X` and `Y` turn numbers into units and `at` turns a point back.
 */
function plot([x0, x1], [y0, y1], xTicks, yTicks, { width = 260, height = 170, name = "", words = short } = {}) {
  const left = 38, right = 10, top = 10, bottom = 34;
  const X = (x) => left + ((x - x0) / (x1 - x0)) * (width - left - right);
  const Y = (y) => height - bottom - ((y - y0) / (y1 - y0)) * (height - top - bottom);
  const marks = s("g", { class: "dcn-marks", "aria-hidden": "true" });
  for (const x of xTicks) marks.append(s("path", { d: `M${X(x)} ${top}V${height - bottom}` }), s("text", { x: X(x), y: height - bottom + 13 }, words(x)));
  for (const y of yTicks)
    marks.append(s("path", { class: y === 0 ? "dcn-zero" : "", d: `M${left} ${Y(y)}H${width - right}` }), s("text", { x: left - 6, y: Y(y), class: "dcn-end" }, short(y)));
  marks.append(s("text", { x: width - right, y: height - 6, class: "dcn-end dcn-axis" }, name));
  const svg = s("svg", { class: "dcn-plot", viewBox: `0 0 ${width} ${height}` }, marks);
  const at = (point) => [(height - bottom - point.y) / (height - top - bottom) * (y1 - y0) + y0, (point.x - left) / (width - left - right) * (x1 - x0) + x0];
  /** Pieces of a curve, each a list of [x, y], as the d of a path. */
  const path = (pieces) => pieces.map((piece) => `M${piece.map(([x, y]) => `${hundredth(X(x))} ${hundredth(Y(y))}`).join("L")}`).join("");
  const add = (node) => { svg.append(node); return node; };
  return { svg, X, Y, at, path, add };
}

/** The mark of a curve at a place: a disc or a diamond, so that two curves differ without colour. */
const discMark = (kind) => s("circle", { r: 5.5, class: `dcn-mark ${kind}` });
const diamondMark = (kind) => s("path", { d: "M0-7 7 0 0 7-7 0Z", class: `dcn-mark ${kind}` });

/** A piece of a curve's line, for a legend. */
const lineSwatch = (kind) => s("svg", { class: "dcn-swatch dcn-line-swatch", viewBox: "0 0 30 10", "aria-hidden": "true" }, s("path", { d: "M1 5H29", class: `dcn-curve ${kind}` }));

/** Least and greatest slope that sampling this image can have, outside and across its edge as well. */
function slopeRange(image) {
  const rows = [[], ...image, []], W = image[0].length, at = (y, x) => rows[y]?.[x] ?? 0;
  const steps = rows.flatMap((_, y) => Array.from({ length: W + 1 }, (_, x) => [at(y + 1, x) - at(y, x), at(y, x) - at(y, x - 1)]).flat());
  const most = Math.max(1e-9, ...steps.map(Math.abs));
  return [-most, most];
}

// ---- end of what is shared ------------------------------------------------------------------------------------

