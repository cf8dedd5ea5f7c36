// The figure of the four central equations; common.js stands in front of it.

const REACH = 1.2; // how far a tap may leave the image, in pixels
const SIDE = 2, TAPS = SIDE * SIDE;

/**
 * The terms of the four equations for one tap at one output point. `offset` has a pair for each tap of each output
 * point, `terms` of each equation what is summed; those of `offset` are the four of y, then the four of x.
 */
function compute(image, weight, delta, offset, tap, [oy, ox], border) {
  const columns = image[0].length - 1;
  const sample = (y, x) => {
    const [dy, dx] = offset[(y * columns + x) * TAPS + tap], [i, j] = tapOf(tap);
    // eq: sampling-position
    return sampleAt(image, y + i + dy, x + j + dx, border);
  };
  const here = sample(oy, ox), pixels = here.corners.map((corner) => corner.pixel), [w0, w1, w2, w3] = here.w;
  // eq: gradient-columns
  const g = weight[tapOf(tap)[0]][tapOf(tap)[1]] * delta[oy][ox];
  const points = delta.flatMap((row, y) => row.map((error, x) => ({ at: [y, x], delta: error, sample: sample(y, x) })));
  const slopes = [[-w1, w1, w3, -w3], [-w0, -w2, w2, w0]].map((row, axis) => row.map((slope) => (here.projected[axis] ? 0 : slope)));
  return {
    here, g, points, slopes,
    terms: {
      // eq: bilinear-value
      value: here.corners.map((corner) => corner.product),
      // eq: gradient-weight
      kernel: points.map((point) => point.delta * point.sample.value),
      // eq: scatter
      input: here.corners.map((corner) => (corner.inside ? g * corner.weight : 0)),
      // eq: gradient-offset
      offset: slopes.flatMap((row) => row.map((slope, i) => g * slope * pixels[i])),
    },
  };
}

const tapOf = (k) => [Math.floor(k / SIDE), k % SIDE];
const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

const CORNERS = ["<i>a<sup>y</sup>, a<sup>x</sup></i>", "<i>a<sup>y</sup></i>+1, <i>a<sup>x</sup></i>",
  "<i>a<sup>y</sup></i>+1, <i>a<sup>x</sup></i>+1", "<i>a<sup>y</sup>, a<sup>x</sup></i>+1"];
const SPOKEN = ["a", "below a", "diagonal to a", "right of a"];
const w = (i) => `<i>w</i><sub>${i}</sub>`;
const AREAS = [[0, 1], [1, 2], [2, 3], [3, 0]];
const SLOPES = [[[-1, 1], [1, 1], [1, 3], [-1, 3]], [[-1, 0], [-1, 2], [1, 2], [1, 0]]]; // sign and weight, y then x

/** How each equation is written: its left side or sides, and its terms with the sign before them. */
const EQUATIONS = {
  value: () => [{ left: "<i>X</i>(<i>p</i>) =",
    terms: AREAS.map(([i, j], n) => [n ? "+" : "", `${w(i)}${w(j)} <i>X</i>(${CORNERS[n]})`]) }],
  kernel: ({ points }) => [{ left: "<i>∂E</i>/<i>∂K</i>(<i>p<sub>k</sub></i>) =",
    terms: points.map(({ at }, n) => [n ? "+" : "", `<i>δ</i>${pair(at)} <i>X</i>(<i>p</i><sub>${pair(at)}, <i>k</i></sub>)`]) }],
  input: () => AREAS.map(([i, j], n) => ({ left: `<i>∂E</i>/<i>∂X</i>(${CORNERS[n]}) +=`, terms: [["", `<i>g</i> ${w(i)}${w(j)}`]] })),
  offset: () => SLOPES.map((row, axis) => ({ left: `<i>∂E</i>/<i>∂</i>Δ<i>p<sub>k</sub><sup>${"yx"[axis]}</sup></i> = <i>g</i> · (`, right: ")",
    terms: row.map(([sign, i], n) => [sign < 0 ? "−" : n ? "+" : "", `${w(i)} <i>X</i>(${CORNERS[n]})`]) })),
};

/** What a term stands for: the output point, the pixels, each with its colour, and the words. */
function meaning(result, equation, n) {
  const { here, g, points, slopes, terms } = result, product = show(terms[equation][n], 3);
  if (equation === "kernel") {
    const { at, delta, sample } = points[n], read = sample.corners.filter((corner) => corner.weight > 0);
    return { point: n, lit: read.map((corner) => [corner.q, n % 4]), taps: [n],
      words: `At the output point ${pair(at)} the tap read ${show(sample.value, 3)} from ${read.length === 1 ? "one pixel" : `${read.length} pixels`}, and the error there is ${short(delta)}: ${product}.` };
  }
  const i = n % 4, corner = here.corners[i], where = `The pixel ${SPOKEN[i]}, ${pair(corner.q)}${corner.inside ? "" : ", is outside"}`;
  const words = {
    value: () => `${where}: its value ${short(corner.pixel)} times the area ${show(corner.weight, 3)} is ${product}.`,
    input: () => (corner.inside ? `${where}: it receives the share ${show(corner.weight, 3)} of g = ${short(g)}, which is ${product}.` : `${where}: its share of g is dropped.`),
    offset: () => {
      const axis = n < 4 ? 0 : 1;
      return here.projected[axis] ? `The border holds the tap in ${"yx"[axis]}: no term counts.`
        : `${where}: its value ${short(corner.pixel)} changes the sum by ${show(slopes[axis][i], 3)} of itself for each pixel ${axis ? "right" : "down"}; times g = ${short(g)} it is ${product}.`;
    },
  }[equation]();
  return { point: -1, lit: [[corner.q, i]], taps: [], words };
}

function render({ model, el }) {
  const state = ["offset", "tap", "point", "border", "term"], start = Object.fromEntries([...state, "equation"].map((name) => [name, model.get(name)]));
  return mount(model, ["image", "weight", "delta", "equation"], state, () => {
    const id = newId("terms"), [image, weight, delta, equation] = ["image", "weight", "delta", "equation"].map((name) => model.get(name));
    const H = image.length, W = image[0].length, columns = W - 1;
    const change = (values) => { for (const [name, value] of Object.entries(values)) model.set(name, value); model.save_changes(); };
    const index = () => model.get("point")[0] * columns + model.get("point")[1];
    const home = (n) => [Math.floor(n / columns) + tapOf(model.get("tap"))[0], (n % columns) + tapOf(model.get("tap"))[1]];
    const where = (n = index()) => model.get("offset")[n * TAPS + model.get("tap")].map((v, axis) => home(n)[axis] + v);
    const now = () => compute(image, weight, delta, model.get("offset"), model.get("tap"), model.get("point"), model.get("border"));
    const move = (y, x) => {
      const row = index() * TAPS + model.get("tap"), from = home(index());
      const to = [clamp(y, -REACH, H - 1 + REACH), clamp(x, -REACH, W - 1 + REACH)].map((v, axis) => hundredth(v - from[axis]));
      change({ offset: model.get("offset").map((old, i) => (i === row ? to : old)) });
    };

    // The equation, whose terms are buttons.
    let hover = -1;
    const light = (n) => { hover = n; draw(); };
    const numbers = [], terms = [];
    const lines = EQUATIONS[equation](now()).map(({ left, right, terms: parts }) => {
      const sum = h("span", { class: "dcn-result" });
      numbers.push({ sum, count: parts.length });
      return h("p", { class: "dcn-line" }, rich("span", {}, left), ...parts.flatMap(([sign, markup]) => {
        const n = terms.length, number = h("span", { class: "dcn-number" }), node = h("button", { type: "button", class: "dcn-term" }, rich("span", {}, markup), number);
        node.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") light(n); });
        node.addEventListener("pointerleave", () => { if (hover >= 0) light(-1); });
        for (const kind of ["focus", "click"]) node.addEventListener(kind, () => { if (model.get("term") !== n) change({ term: n }); });
        terms.push({ node, number });
        return [...(sign ? [h("span", { class: "dcn-sign" }, sign)] : []), node];
      }), ...(right ? [h("span", {}, right)] : []), h("span", {}, "="), sum);
    });

    // The image with the taps, the kernel, the errors, and the code.
    const stage = lattice(H, W, REACH, `Image of ${H} by ${W} pixels with the tap`);
    const line = leash(), dots = delta.flat().map(() => s("circle", { class: "dcn-other", r: 11 })), point = handle("Tap p");
    const homeRing = s("circle", { class: "dcn-home", r: 19 });
    stage.under.append(...line.lines);
    stage.over.append(homeRing, ...dots, point);
    dragging(stage.svg, [point], onLattice, () => where(), (_, y, x) => move(y, x));
    point.addEventListener("keydown", (event) => {
      const to = keyMove(event, where(), [H, W], "yx");
      if (to) move(...to);
    });
    const grid = (rows, caption) => {
      const cells = rows.map((row) => row.map((value) => h("td", {}, short(value))));
      return { cells: cells.flat(), node: h("table", { class: "dcn-grid" }, rich("caption", {}, caption), h("tbody", {}, ...cells.map((row) => h("tr", {}, ...row)))) };
    };
    const kernel = grid(weight, "<i>K</i>"), errors = grid(delta, "<i>δ</i>");
    const code = h("code"), words = h("p", { class: "dcn-where" });

    const equations = choice(`${id}-equation`, "Equation", model, "equation", Object.keys(EQUATIONS));
    const border = choice(`${id}-border`, "Border", model, "border", ["zeros", "project"]);
    const tap = slider(`${id}-tap`, "tap <i>k</i>", { min: 0, max: TAPS - 1, step: 1 });
    tap.input.addEventListener("input", () => change({ tap: Number(tap.input.value) }));
    const output = slider(`${id}-point`, "output point <i>p<sub>o</sub></i>", { min: 0, max: delta.flat().length - 1, step: 1 });
    output.input.addEventListener("input", () => {
      const n = Number(output.input.value);
      change({ point: [Math.floor(n / columns), n % columns] });
    });
    for (const radio of equations.node.querySelectorAll("input"))
      radio.addEventListener("change", () => el.querySelector(`input[value="${radio.value}"]`).focus()); // the figure was built anew
    const reset = button("Reset", () => { change(start); });
    const [live, say] = speaker();
    el.replaceChildren(frame("equations", "an equation, term by term",
      equations.node,
      h("div", { class: "dcn-equation", role: "group", "aria-label": "The equation; each term is a button" }, ...lines), words,
      h("div", { class: "dcn-plots" },
        h("div", {}, title("The image", "drag the tap, or use the arrow keys"), stage.svg),
        h("div", { class: "dcn-beside" }, h("div", { class: "dcn-grids" }, kernel.node, errors.node),
          title("The code", "from <code>dcn_course.reference</code>"), h("pre", { class: "dcn-code" }, code))),
      h("div", { class: "dcn-controls" }, tap.row, output.row, h("div", { class: "dcn-choices" }, border.node, reset)),
      hints([
        "Point at a term of <b>value</b>, or go there with <kbd>Tab</kbd>: one pixel, one area, one piece of the code.",
        "In <b>kernel</b> each term is an output point. Which pixels did the tap read there?",
        "<b>input</b> has the areas of <b>value</b> again. What stands in the place of the pixel?",
        "In <b>offset</b>, move the tap down within its cell. Which terms of the first line change?",
      ], "Keys: <kbd>Tab</kbd> goes from term to term; on the tap, arrows move it by 0.05, with <kbd>Shift</kbd> by 0.25."),
      live));

    function draw() {
      const rule = model.get("border"), result = now(), k = model.get("tap"), n = index(), at = where();
      const active = hover >= 0 ? hover : model.get("term"), meant = active < 0 ? null : meaning(result, equation, active);
      paintLattice(stage, image, rule);
      for (const { chip } of stage.chips.values()) chip.classList.remove("dcn-at", "dcn-c0", "dcn-c1", "dcn-c2", "dcn-c3");
      for (const [q, colour] of meant?.lit ?? []) stage.chips.get(`${q}`)?.chip.classList.add("dcn-at", `dcn-c${colour}`);
      line.draw(home(n), at);
      set(homeRing, { cx: home(n)[1] * U, cy: home(n)[0] * U });
      dots.forEach((dot, m) => {
        visible(dot, equation === "kernel" && m !== n);
        set(dot, { cx: where(m)[1] * U, cy: where(m)[0] * U });
        dot.classList.toggle("dcn-lit", meant?.point === m);
      });
      kernel.cells.forEach((cell, i) => cell.classList.toggle("dcn-lit", i === k && equation !== "value" && equation !== "kernel" && active >= 0));
      errors.cells.forEach((cell, i) => cell.classList.toggle("dcn-lit", equation !== "value" && active >= 0 && i === (equation === "kernel" ? active : n)));
      terms.forEach(({ node, number }, i) => {
        set(node, { "aria-pressed": String(i === active) });
        number.textContent = show(result.terms[equation][i], 3);
      });
      let first = 0;
      for (const { sum, count } of numbers) {
        sum.textContent = show(total(result.terms[equation].slice(first, first + count)), 3);
        first += count;
      }
      const { text, spans } = model.get("code")[equation], pieces = [];
      let end = 0;
      for (const [from, to] of active < 0 ? [] : spans[Math.min(active, spans.length - 1)]) {
        pieces.push(text.slice(end, from), h("mark", {}, text.slice(from, to)));
        end = to;
      }
      code.replaceChildren(...pieces, text.slice(end));
      words.textContent = meant?.words ?? "Point at a term: its pixels, taps and code light up. The number below a term is what it adds.";
      placeHandle(point, at, [-REACH, W - 1 + REACH], `${spokenPlace(at)}, reads ${show(result.here.value, 3)}`);
      for (const [control, value, text] of [[tap, k, String(k)], [output, n, pair(model.get("point"))]]) {
        control.input.value = value;
        set(control.input, { "aria-valuetext": text });
        control.output.textContent = text;
      }
      equations.draw();
      border.draw();
      say(`${equation}: tap ${k} of the output point ${pair(model.get("point"))} at ${spokenPlace(at)}, border ${rule}. ${meant ? words.textContent : `Sum ${numbers.map(({ sum }) => sum.textContent).join(", ")}.`}`);
    }
    return draw;
  });
}

export default { render, compute };
