// The figure of the chapter "Deformable convolution"; common.js stands in front of it.

const REACH = 1.5; // how far a tap may leave the image, in pixels
const SIDE = 3, TAPS = SIDE * SIDE;

/** One output of a deformable convolution with stride 1: the positions, the column of A, and Y. */
function compute(image, weight, offset, point, border) {
  const samples = offset.map(([oy, ox], k) => {
    const [i, j] = tapOf(k);
    // eq: sampling-position
    return sampleAt(image, point[0] + i + oy, point[1] + j + ox, border);
  });
  // eq: deformable-columns
  const column = samples.map((sample) => sample.value);
  const products = column.map((value, k) => value * weight[tapOf(k)[0]][tapOf(k)[1]]);
  // eq: deformable-convolution
  return { column, products, output: products.reduce((sum, product) => sum + product, 0) };
}

const tapOf = (k) => [Math.floor(k / SIDE), k % SIDE];

/** Offsets by a formula: each maps the place of a tap, seen from the middle one, to its offset. */
const cos = Math.cos(Math.PI / 6), sin = Math.sin(Math.PI / 6);
const PRESETS = {
  zero: () => [0, 0],
  shifted: () => [0.5, 0.5],
  spread: ([y, x]) => [0.5 * y, 0.5 * x],
  turned: ([y, x]) => [(cos - 1) * y + sin * x, (cos - 1) * x - sin * y],
};

function render({ model, el }) {
  const start = { offset: model.get("offset"), border: model.get("border") };
  return mount(model, ["image", "weight", "point"], ["offset", "border"], () => {
    const id = newId("kernel"), image = model.get("image"), weight = model.get("weight"), point = model.get("point");
    const H = image.length, W = image[0].length, [low, high] = range(image);
    const home = Array.from({ length: TAPS }, (_, k) => [point[0] + tapOf(k)[0], point[1] + tapOf(k)[1]]);
    const where = (k) => model.get("offset")[k].map((v, axis) => home[k][axis] + v);
    const limit = ([y, x]) => [clamp(y, -REACH, H - 1 + REACH), clamp(x, -REACH, W - 1 + REACH)];
    const setOffset = (offset) => { model.set("offset", offset); model.save_changes(); };
    /** Offset of tap k that brings it to (y, x), or as near as the figure shows. */
    const offsetTo = (k, y, x) => limit([y, x]).map((v, axis) => hundredth(v - home[k][axis]));
    let last = -1; // the tap that was moved last: the one to speak of
    const move = (k, y, x) => {
      last = k;
      setOffset(model.get("offset").map((old, other) => (other === k ? offsetTo(k, y, x) : old)));
    };

    const stage = lattice(H, W, REACH, `Image of ${H} by ${W} pixels with the nine taps of the kernel`);
    const leashes = home.map(leash), handles = home.map((_, k) => handle(`Tap ${k}`, k));
    stage.under.append(...leashes.flatMap((line) => line.lines));
    for (const [y, x] of home) stage.over.append(s("circle", { class: "dcn-home", cx: x * U, cy: y * U, r: 19 }));
    stage.over.append(...handles);
    dragging(stage.svg, handles, onLattice, where, move);

    const rows = home.map((_, k) => ({
      place: h("td"), value: h("span"), grey: h("span", { class: "dcn-grey", "aria-hidden": "true" }), product: h("td"),
      k: h("th", { scope: "row" }, String(k)), weight: h("td", {}, short(weight[tapOf(k)[0]][tapOf(k)[1]])),
    }));
    const output = h("td");
    const lines = rows.map((row) => h("tr", {}, row.k, row.place, h("td", {}, row.grey, row.value), row.weight, row.product));
    const table = h("table", { class: "dcn-terms" },
      h("caption", { class: "dcn-hidden" }, "The column of A, and the output"),
      h("thead", {}, h("tr", {}, rich("th", { scope: "col" }, "<i>k</i>"), rich("th", { scope: "col" }, "reads at"),
        rich("th", { scope: "col" }, "<i>A</i>"), rich("th", { scope: "col" }, "<i>K</i>"), rich("th", { scope: "col" }, "<i>K</i> · <i>A</i>"))),
      h("tbody", {}, ...lines),
      h("tfoot", {}, h("tr", {}, rich("th", { scope: "row", colspan: 4 }, "<i>Y</i>(<i>p<sub>o</sub></i>), the sum"), output)));
    handles.forEach((node, k) => {
      node.addEventListener("keydown", (event) => {
        const to = keyMove(event, where(k), [H, W], "yx");
        if (to) move(k, ...to);
      });
      node.addEventListener("focus", () => lines[k].classList.add("dcn-on"));
      node.addEventListener("blur", () => lines[k].classList.remove("dcn-on"));
    });

    const middle = (SIDE - 1) / 2;
    const presets = Object.entries(PRESETS).map(([name, rule]) => button(name, () => {
      last = -1;
      setOffset(home.map(([y, x], k) => {
        const [oy, ox] = rule(tapOf(k).map((v) => v - middle));
        return offsetTo(k, y + oy, x + ox);
      }));
    }));
    const border = choice(`${id}-border`, "Border", model, "border", ["zeros", "project"]);
    const reset = button("Reset", () => { last = -1; model.set("border", start.border); setOffset(start.offset); });
    const [live, say] = speaker();
    el.replaceChildren(frame("kernel", "a deformed kernel",
      h("div", { class: "dcn-plots" },
        h("div", {}, title("The image", "drag a tap, or use the arrow keys"), stage.svg),
        h("div", {}, title("Its column of <i>A</i>", "what the taps read, times the kernel"), table)),
      h("div", { class: "dcn-controls" },
        h("div", { class: "dcn-buttons", role: "group", "aria-label": "Offsets" }, h("span", { class: "dcn-legend" }, "Offsets"), ...presets),
        h("div", { class: "dcn-choices" }, border.node, reset)),
      hints([
        "Begin with <b>zero</b>: it is the ordinary convolution. Then move one tap. Which numbers change?",
        "Move a tap whose <i>K</i> is 0. Why does <i>Y</i> stay?",
        "<b>Spread</b> is a dilation of 1.5, <b>shifted</b> moves the image instead. What would <b>turned</b> by a quarter do to this kernel?",
        "Drag a tap out of the image with either border.",
      ], "Keys: <kbd>Tab</kbd> goes to the next tap; arrows move it by 0.05, with <kbd>Shift</kbd> by 0.25; <kbd>Page ↑</kbd> and <kbd>Page ↓</kbd> move it by one row."),
      live));

    return () => {
      const rule = model.get("border"), result = compute(image, weight, model.get("offset"), point, rule);
      paintLattice(stage, image, rule);
      rows.forEach((row, k) => {
        const at = where(k), value = show(result.column[k], 3);
        leashes[k].draw(home[k], at);
        placeHandle(handles[k], at, [-REACH, W - 1 + REACH], `${spokenPlace(at)}, reads ${value}, output ${show(result.output, 3)}`);
        row.place.textContent = place(at);
        row.value.textContent = value;
        row.grey.style.background = greyOf(result.column[k], low, high).grey;
        row.product.textContent = show(result.products[k], 3);
      });
      output.textContent = show(result.output, 3);
      border.draw();
      say(`${last < 0 ? "" : `Tap ${last} at ${spokenPlace(where(last))} reads ${show(result.column[last], 3)}. `}`
        + `Border ${rule}. Column ${result.column.map((v) => show(v, 2)).join(", ")}. Output ${show(result.output, 3)}.`);
    };
  });
}

export default { render, compute };
