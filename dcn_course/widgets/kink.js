// The figure of the chapter "Checking gradients"; common.js stands in front of it.

const SMALLEST = 0.001, LARGEST = 1; // the step, in pixels; p keeps the largest one away from the ends of the row

/** The central difference of X along a row at p with the step eps, and the slopes to the right and left of p. */
function compute(row, p, eps) {
  const at = (x) => sampleAt([row], 0, x, "zeros");
  const plus = at(p + eps).value, minus = at(p - eps).value;
  // eq: central-difference
  const difference = (plus - minus) / (2 * eps);
  const right = at(p).dx, left = Number.isInteger(p) ? at(p - 0.5).dx : right;
  // 2.3 - 0.3 is a little less than 2: a step that ends on a kink does not cross it.
  const kinks = row.map((_, q) => q).filter((q) => p - eps < q - 1e-9 && q + 1e-9 < p + eps);
  return { plus, minus, difference, right, left, kinks };
}

function render({ model, el }) {
  const start = { p: model.get("p"), eps: model.get("eps") };
  return mount(model, ["row"], ["p", "eps"], () => {
    const id = newId("kink"), row = model.get("row"), W = row.length, end = W - 1;
    const change = (p, eps) => {
      model.set("p", clamp(hundredth(p), LARGEST, end - LARGEST));
      model.set("eps", clamp(Number(eps.toPrecision(3)), SMALLEST, LARGEST));
      model.save_changes();
    };
    const p = () => model.get("p"), eps = () => model.get("eps");

    const [low, high] = range([row]), most = Math.max(1e-9, ...row.slice(1).map((value, i) => Math.abs(value - row[i])));
    const pixels = row.map((_, q) => q), slopes = [...new Set([-most, 0, most])];
    const values = plot([0, end], [low, high], pixels, [...new Set([low, 0, high])], { width: 400, height: 230, name: "p →" });
    set(values.svg, { role: "group", "aria-label": "Value along a row of pixels, with the step of the central difference" });
    values.add(s("path", { class: "dcn-curve dcn-c0", d: values.path([row.map((value, q) => [q, value])]) }));
    for (const q of pixels) values.add(s("circle", { cx: values.X(q), cy: values.Y(row[q]), r: 4, class: "dcn-mark dcn-c0" }));
    const ends = values.add(s("path", { class: "dcn-ends" })), secant = values.add(s("path", { class: "dcn-curve dcn-c1" }));
    const behind = values.add(diamondMark("dcn-c1"));
    // p comes last: where the step is so short that both lie on one another, it is p that the pointer takes.
    const handles = [handle("End of the step"), handle("Point p")].map(values.add);
    handles.forEach((node, i) => node.classList.add(`dcn-c${1 - i}`));
    const places = [() => [0, p() + eps()], () => [0, p()]];
    const moves = [(x) => change(p(), x - p()), (x) => change(x, eps())];
    dragging(values.svg, handles, values.at, (i) => places[i](), (i, _, x) => moves[i](x));
    handles.forEach((node, i) => node.addEventListener("keydown", (event) => {
      const to = keyMove(event, places[i](), [1, W], "x");
      if (to) moves[i](to[1]);
    }));

    const panel = (words, box) => {
      set(box.svg, { role: "img" });
      const [truth, curve] = ["dcn-c0", "dcn-c1"].map((kind) => box.add(s("path", { class: `dcn-curve ${kind}` })));
      const marks = [discMark("dcn-c0"), diamondMark("dcn-c1")].map(box.add);
      return { box, truth, curve, marks, node: h("div", {}, title(...words), box.svg) };
    };
    const overPlaces = panel(["At every place", "with this step"], plot([LARGEST, end - LARGEST], [-most, most], pixels.slice(1, -1), slopes, { width: 340, height: 190, name: "p →" }));
    const decades = [-3, -2, -1, 0];
    const overSteps = panel(["With every step", "at this place"], plot([-3, 0], [-most, most], decades, slopes, { width: 340, height: 190, name: "ε →", words: (v) => short(10 ** v) }));
    const slopeAt = (x) => compute(row, x, 0.5).right;
    set(overPlaces.truth, { d: overPlaces.box.path(pixels.slice(1, -2).map((q) => [[q, slopeAt(q)], [q + 1, slopeAt(q)]])) });

    const cells = ["<i>X</i>(<i>p</i> + <i>ε</i>)", "<i>X</i>(<i>p</i> − <i>ε</i>)", "central difference", "slope at <i>p</i>", "off by"].map((words, i) => {
      const out = h("td"), head = rich("th", { scope: "row" }, words);
      if (i === 2 || i === 3) head.prepend(lineSwatch(`dcn-c${3 - i}`));
      return { out, node: h("tr", {}, head, out) };
    });
    const table = h("table", {}, h("caption", { class: "dcn-hidden" }, "The central difference and the slope"), h("tbody", {}, ...cells.map(({ node }) => node)));
    const note = h("p", { class: "dcn-note" }), [live, say] = speaker();

    const place = slider(`${id}-p`, "<i>p</i> <span>right</span>", { min: LARGEST, max: end - LARGEST, step: 0.01 });
    place.input.addEventListener("input", () => change(Number(place.input.value), eps()));
    const step = slider(`${id}-eps`, "<i>ε</i> <span>step</span>", { min: Math.log10(SMALLEST), max: Math.log10(LARGEST), step: 0.01 });
    step.input.addEventListener("input", () => change(p(), 10 ** Number(step.input.value)));
    el.replaceChildren(frame("kink", "the numerical derivative across a kink",
      h("div", { class: "dcn-plots" },
        h("div", {}, title("The value along a row", "drag <i>p</i> or the end of the step, or use the arrow keys"), values.svg),
        h("div", {}, title("The slope at <i>p</i>", "by the central difference, and by the formula"), table, note)),
      h("div", { class: "dcn-controls" }, place.row, step.row, h("div", { class: "dcn-choices" }, button("Reset", () => change(start.p, start.eps)))),
      h("div", { class: "dcn-plots dcn-even" }, overPlaces.node, overSteps.node),
      hints([
        "Make the step smaller until it no longer crosses the kink. When does the error vanish?",
        "Put <i>p</i> on a pixel. Is there a step that gives the slope?",
        "Let the step cross two kinks.",
        "Which places are safe with a step of 0.1? And of 0.001?",
      ], "Keys: arrows move <i>p</i>, or the end of the step, by 0.05, with <kbd>Shift</kbd> by 0.25; <kbd>Page ↑</kbd> and <kbd>Page ↓</kbd> by one pixel."),
      live));

    return () => {
      const x = p(), e = eps(), result = compute(row, x, e), { difference, right, left, kinks } = result;
      const from = [x - e, result.minus], to = [x + e, result.plus];
      set(secant, { d: values.path([[from, to]]) });
      set(ends, { d: [from, to].map(([c]) => `M${values.X(c)} ${values.Y(low)}V${values.Y(high)}`).join("") });
      set(behind, { transform: `translate(${values.X(from[0])} ${values.Y(from[1])})` });
      const off = difference - right, words = `central difference ${show(difference, 4)}, slope ${show(right, 4)}`;
      const onCurve = (c) => `translate(${values.X(c)} ${values.Y(sampleAt([row], 0, c, "zeros").value)}) scale(0.6)`;
      placeHandle(handles[0], [0, e], [SMALLEST, LARGEST], `x ${show(x + e, 2)}, step ${short(e)}, ${words}`, onCurve(x + e));
      placeHandle(handles[1], [0, x], [LARGEST, end - LARGEST], `x ${show(x, 2)}, step ${short(e)}, ${words}`, onCurve(x));

      // As a function of p the difference bends where an end of the step meets a pixel; in between it is straight.
      const bends = pixels.flatMap((q) => [q - e, q + e]).filter((c) => c > LARGEST && c < end - LARGEST);
      const along = [LARGEST, ...bends, end - LARGEST].sort((a, b) => a - b);
      set(overPlaces.curve, { d: overPlaces.box.path([along.map((c) => [c, compute(row, c, e).difference])]) });
      const steps = [...Array.from({ length: 121 }, (_, i) => i / 40 - 3), ...pixels.map((q) => Math.log10(Math.abs(q - x))).filter((v) => v > -3 && v < 0)].sort((a, b) => a - b);
      set(overSteps.curve, { d: overSteps.box.path([steps.map((v) => [v, compute(row, x, 10 ** v).difference])]) });
      set(overSteps.truth, { d: overSteps.box.path([[[-3, right], [0, right]]]) });
      for (const [{ box, marks }, c, axis] of [[overPlaces, x, "place"], [overSteps, Math.log10(e), "step"]]) {
        [right, difference].forEach((value, i) => set(marks[i], { transform: `translate(${box.X(c)} ${box.Y(value)})` }));
        set(box.svg, { "aria-label": `The slope and the central difference for every ${axis}; now ${words}` });
      }

      [result.plus, result.minus, difference, right, off].forEach((value, i) => { cells[i].out.textContent = show(value, 4); });
      note.textContent = kinks.length === 0 ? "The step stays in one cell: nothing is off."
        : Number.isInteger(x) && kinks.length === 1 ? `p lies on the kink at ${x}: with any step the mean of ${short(left)} and ${short(right)}.`
          : `The step crosses the kink${kinks.length > 1 ? "s" : ""} at ${kinks.join(" and ")}: a mixture of slopes.`;
      for (const [control, value, text] of [[place, x, show(x, 2)], [step, Math.log10(e), short(e)]]) {
        control.input.value = value;
        control.output.textContent = text;
        set(control.input, { "aria-valuetext": `${text} pixels` });
      }
      say(`p at x ${show(x, 2)}; the step of ${short(e)} reaches from x ${show(x - e, 2)} to x ${show(x + e, 2)}. Central difference ${show(difference, 4)}, slope ${show(right, 4)}. ${note.textContent}`);
    };
  });
}

export default { render, compute };
