// The figure of the lab "The sampling area". The same module runs live (anywidget) and in the built book.
// common.js stands in front of it; it may import nothing, as the book joins all figures into one classic script.

const POINTS = 10, SIZE = 32, LEVELS = 7; // as in sampling.py
const FIELD = 14; // pixels that the plain network sees in each axis
const SCALE = 6; // canvas pixels a pixel

/** The numbers of one tile: -1 outside the support, 0 in it without a shade, then 1 to LEVELS. */
function tile(pixels, y, x) {
  const values = new Int8Array(SIZE * SIZE);
  for (let row = 0; row < SIZE; row++)
    for (let column = 0; column < SIZE; column++) {
      const at = ((y * SIZE + row) * POINTS * SIZE + x * SIZE + column) * 4;
      values[row * SIZE + column] = Math.round(pixels[at] / 16) - 1;
    }
  return values;
}

/** How many pixels can reach the point, and the share of the shades outside the plain network's square. */
function measure(values, y, x) {
  let support = 0, beyond = 0, total = 0;
  values.forEach((value, at) => {
    if (value < 0) return;
    const row = Math.floor(at / SIZE), column = at % SIZE, weight = value * value;
    const inside = row >= 2 * y && row < 2 * y + FIELD && column >= 2 * x && column < 2 * x + FIELD;
    support += 1;
    total += weight;
    if (!inside) beyond += weight;
  });
  return { support, beyond: total ? beyond / total : 0 };
}

async function pixelsOf(url) {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  const canvas = h("canvas", { width: picture.width, height: picture.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  return context.getImageData(0, 0, picture.width, picture.height).data;
}

function render({ model, el }) {
  const id = newId("sampling");
  const names = model.get("names"), titles = model.get("titles");
  const choose = h("select", { id: `${id}-image` }, ...titles.map((title, i) => h("option", { value: i }, title)));
  const panels = names.map((name) => {
    const canvas = h("canvas", {
      width: SIZE * SCALE, height: SIZE * SCALE, tabindex: 0, role: "slider", "aria-valuemin": 0, "aria-valuenow": 0,
      "aria-valuemax": POINTS * POINTS - 1, "aria-roledescription": "movable output point", "aria-label": `Output point, ${name}`,
    });
    const words = h("p", { class: "dcn-words" });
    return { name, canvas, words, node: h("div", {}, h("p", { class: "dcn-title" }, name), canvas, words) };
  });
  const live = h("p", { class: "dcn-hidden", "aria-live": "polite" });
  const where = h("span", { class: "dcn-where" });
  el.replaceChildren(h("div", { class: "dcn-sampling", role: "group", "aria-label": "Interactive figure: sampling areas" },
    h("div", { class: "dcn-choices" }, h("label", { for: choose.id }, "Image "), choose, where),
    h("div", { class: "dcn-panels" }, ...panels.map((panel) => panel.node)),
    h("p", { class: "dcn-keys" }, "Click or drag on an image, or use the arrow keys, to move the output point (dot). Orange: the area; the darker, the more. " +
      "Blue line: the edge of the support. Dashed: the square that a plain network sees."),
    live));

  const cache = new Map(); // the pixels of a URL, or their promise
  const load = (url) => {
    if (!cache.has(url)) cache.set(url, pixelsOf(url));
    return cache.get(url);
  };
  let drawn = 0, announcing = 0;
  async function draw() {
    const turn = ++drawn, image = model.get("image"), y = model.get("y"), x = model.get("x");
    choose.value = image;
    where.textContent = `output point (${y}, ${x})`;
    const [picture, ...areas] = await Promise.all([model.get("pictures")[image], ...model.get("areas")[image]].map(load));
    if (turn !== drawn) return; // the reader was faster
    const said = panels.map((panel, i) => {
      const values = tile(areas[i], y, x), { support, beyond } = measure(values, y, x);
      paint(panel.canvas, picture, values, y, x);
      panel.words.textContent = `support ${support} pixels, ${(100 * beyond).toFixed(1)} % of the shades outside the square`;
      panel.canvas.setAttribute("aria-valuenow", y * POINTS + x);
      panel.canvas.setAttribute("aria-valuetext", `row ${y}, column ${x}; ${panel.words.textContent}`);
      return `${panel.name}: ${panel.words.textContent}`;
    });
    clearTimeout(announcing);
    announcing = setTimeout(() => { live.textContent = `Output point ${y}, ${x}. ${said.join(". ")}`; }, 600);
  }
  const move = (y, x) => {
    model.set("y", clamp(y, 0, POINTS - 1));
    model.set("x", clamp(x, 0, POINTS - 1));
    model.save_changes();
  };
  const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  for (const { canvas } of panels) {
    canvas.addEventListener("keydown", (event) => {
      if (!(event.key in arrows) || event.ctrlKey || event.altKey || event.metaKey) return;
      const [dy, dx] = arrows[event.key];
      move(model.get("y") + dy, model.get("x") + dx);
      event.preventDefault();
      event.stopPropagation(); // a notebook has shortcuts of its own on these keys
    });
    const follow = (event) => {
      const box = canvas.getBoundingClientRect();
      // The middle of the plain square of point p is the pixel 2p + 6.5.
      const place = (at, start, length) => Math.round((((at - start) / length) * SIZE - 0.5 - (FIELD - 1) / 2) / 2);
      move(place(event.clientY, box.top, box.height), place(event.clientX, box.left, box.width));
    };
    canvas.addEventListener("click", follow);
    canvas.addEventListener("pointermove", (event) => { if (event.buttons === 1 && event.pointerType === "mouse") follow(event); });
  }
  choose.addEventListener("change", () => { model.set("image", Number(choose.value)); model.save_changes(); });
  let waiting = false; // y and x change one after the other; draw once for both
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => { waiting = false; draw(); });
  };
  const heard = ["change:image", "change:y", "change:x"];
  for (const event of heard) model.on(event, redraw);
  draw();
  return () => {
    clearTimeout(announcing);
    for (const event of heard) model.off(event, redraw);
  };
}

/** The image in pale, the area over it, the edges, the point. The paper is white in both themes: images are. */
function paint(canvas, picture, values, y, x) {
  const context = canvas.getContext("2d");
  const alpha = (value) => (value > 0 ? 0.12 + (0.75 * value) / LEVELS : 0);
  for (let at = 0; at < SIZE * SIZE; at++) {
    const a = alpha(values[at]), over = [213, 94, 0];
    const colour = over.map((c, i) => Math.round((1 - a) * (120 + (picture[4 * at + i] * 135) / 255) + a * c));
    context.fillStyle = `rgb(${colour.join(" ")})`;
    context.fillRect((at % SIZE) * SCALE, Math.floor(at / SIZE) * SCALE, SCALE, SCALE);
  }
  const inside = (row, column) => row >= 0 && row < SIZE && column >= 0 && column < SIZE && values[row * SIZE + column] >= 0;
  context.beginPath();
  for (let row = 0; row <= SIZE; row++)
    for (let column = 0; column <= SIZE; column++) {
      if (inside(row, column) !== inside(row - 1, column)) { context.moveTo(column * SCALE, row * SCALE); context.lineTo((column + 1) * SCALE, row * SCALE); }
      if (inside(row, column) !== inside(row, column - 1)) { context.moveTo(column * SCALE, row * SCALE); context.lineTo(column * SCALE, (row + 1) * SCALE); }
    }
  context.strokeStyle = "#0072b2";
  context.lineWidth = 2;
  context.stroke();
  context.setLineDash([5, 4]);
  context.strokeStyle = "#24292f";
  context.lineWidth = 1;
  context.strokeRect(2 * x * SCALE, 2 * y * SCALE, FIELD * SCALE, FIELD * SCALE);
  context.setLineDash([]);
  context.beginPath();
  context.arc((2 * x + FIELD / 2) * SCALE, (2 * y + FIELD / 2) * SCALE, SCALE * 0.8, 0, 2 * Math.PI);
  context.fillStyle = "#00795a";
  context.fill();
  context.strokeStyle = "#fff";
  context.lineWidth = 1.5;
  context.stroke();
}

export default { render, tile, measure };
