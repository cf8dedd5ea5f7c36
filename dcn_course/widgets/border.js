// The figure of the chapter "At the border"; common.js stands in front of it.

const REACH = 2; // how far p may leave the image, in pixels
const RULES = ["zeros", "project"], READINGS = ["value", "dy", "dx"];
const SYMBOLS = ["<i>X</i>(<i>p</i>)", "<i>∂X</i>/<i>∂y</i>", "<i>∂X</i>/<i>∂x</i>"];

/** Value and both slopes at p under one rule. */
function compute(image, y, x, border) {
  const { value, dy, dx } = sampleAt(image, y, x, border);
  return { value, dy, dx };
}

/**
 * The same three along the line through p in one axis, exactly: between two pixels each is linear. One piece a cell,
 * with its coordinates and, for each reading, what it begins with and what it tends to at the end.
 */
function curves(image, y, x, axis, border) {
  const size = axis === "y" ? image.length : image[0].length;
  const at = (c) => (axis === "y" ? compute(image, c, x, border) : compute(image, y, c, border));
  return Array.from({ length: size + 2 * REACH - 1 }, (_, i) => {
    const from = i - REACH, start = at(from), middle = at(from + 0.5);
    const piece = { from, to: from + 1 };
    for (const name of READINGS) piece[name] = [start[name], 2 * middle[name] - start[name]];
    return piece;
  });
}

function render({ model, el }) {
  const start = { y: model.get("y"), x: model.get("x"), along: model.get("along") };
  return mount(model, ["image"], ["y", "x", "along"], () => {
    const id = newId("border"), image = model.get("image"), H = image.length, W = image[0].length;
    const bottom = H - 1 + REACH, right = W - 1 + REACH;
    const where = () => [model.get("y"), model.get("x")];
    const move = (y, x) => {
      model.set("y", clamp(hundredth(y), -REACH, bottom));
      model.set("x", clamp(hundredth(x), -REACH, right));
      model.save_changes();
    };
    const keys = (node, axes) => node.addEventListener("keydown", (event) => {
      const to = keyMove(event, where(), [H, W], axes);
      if (to) move(...to);
    });

    const stages = RULES.map((rule) => {
      const stage = lattice(H, W, REACH, `Image of ${H} by ${W} pixels with the border rule ${rule}`);
      const way = s("path", { class: "dcn-way" }), line = leash(), landed = s("circle", { class: "dcn-landed", r: 10 });
      const point = handle(`Point p, ${rule}`);
      stage.under.append(way, ...line.lines);
      stage.over.append(landed, point);
      dragging(stage.svg, [point], onLattice, where, (_, y, x) => move(y, x));
      keys(point, "yx");
      return { rule, stage, way, line, landed, point };
    });

    const rows = SYMBOLS.map((symbol) => [rich("th", { scope: "row" }, symbol), h("td"), h("td")]);
    const table = h("table", { class: "dcn-readings" },
      h("caption", { class: "dcn-hidden" }, "Value and slopes at p with both rules"),
      h("thead", {}, h("tr", {}, rich("th", { scope: "col" }, "at <i>p</i>"),
        ...RULES.map((rule, i) => h("th", { scope: "col" }, lineSwatch(`dcn-c${i}`), rule)))),
      h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells))));
    const plots = h("div", { class: "dcn-plots dcn-even" });
    let drawn = null, panels = [];
    /** The three plots; new ones where the axis changes, as the two axes have different lengths. */
    function panelsAlong(axis) {
      if (drawn === axis) return panels;
      const end = axis === "y" ? bottom : right, ticks = Array.from({ length: end - REACH + 1 }, (_, i) => i);
      const [low, high] = range(image), slopes = slopeRange(image);
      panels = READINGS.map((name, i) => {
        const [from, to] = name === "value" ? [low, high] : slopes;
        const box = plot([-REACH, end], [from, to], [-1, ...ticks, end - 1], [...new Set([from, 0, to])], { name: `p${axis === "y" ? "ʸ" : "ˣ"} →` });
        set(box.svg, { role: "img" });
        const lines = RULES.map((_, r) => box.add(s("path", { class: `dcn-curve dcn-c${r}` })));
        const marks = [discMark("dcn-c0"), diamondMark("dcn-c1")].map(box.add);
        return { name, box, lines, marks, node: h("div", {}, title(SYMBOLS[i]), box.svg) };
      });
      plots.replaceChildren(...panels.map((panel) => panel.node));
      drawn = axis;
      return panels;
    }

    const y = slider(`${id}-y`, "<i>p<sup>y</sup></i> <span>down</span>", { min: -REACH, max: bottom, step: 0.01 });
    const x = slider(`${id}-x`, "<i>p<sup>x</sup></i> <span>right</span>", { min: -REACH, max: right, step: 0.01 });
    y.input.addEventListener("input", () => move(Number(y.input.value), model.get("x")));
    x.input.addEventListener("input", () => move(model.get("y"), Number(x.input.value)));
    keys(y.input, "y");
    keys(x.input, "x");
    const along = choice(`${id}-along`, "Curves along", model, "along", ["y", "x"]);
    const reset = button("Reset", () => { model.set("along", start.along); move(start.y, start.x); });
    const note = h("p", { class: "dcn-note" }), [live, say] = speaker();
    el.replaceChildren(frame("border", "two border rules",
      h("div", { class: "dcn-plots dcn-even" }, ...stages.map(({ rule, stage }) => h("div", {},
        title(`<code>${rule}</code>`, rule === "zeros" ? "around the image all pixels are 0" : "<i>p</i> is moved onto the image first"), stage.svg))),
      h("div", { class: "dcn-controls" }, y.row, x.row, h("div", { class: "dcn-choices" }, along.node, reset)),
      plots, h("div", {}, table, note),
      hints([
        "Move <i>p</i> out over an edge. One value fades to 0 within a pixel, the other stays. Which slopes remain?",
        "Leave the image in <i>y</i> alone, with <code>project</code>: can the point still slide along <i>x</i>?",
        "Stop exactly on the last pixel (<kbd>End</kbd>). The slopes of the two rules differ there already.",
        "Go 1.5 pixels out. Can any rule call the point back?",
      ], "Keys: arrows move <i>p</i> by 0.05, with <kbd>Shift</kbd> by 0.25; <kbd>Home</kbd> and <kbd>End</kbd> go to the first and last pixel, <kbd>Page ↑</kbd> and <kbd>Page ↓</kbd> move by one pixel."),
      live));

    return () => {
      const p = where(), axis = model.get("along"), c = p[axis === "y" ? 0 : 1];
      const results = RULES.map((rule) => sampleAt(image, ...p, rule));
      stages.forEach(({ rule, stage, way, line, landed, point }, r) => {
        paintLattice(stage, image, rule);
        const [qy, qx] = results[r].p, moved = qy !== p[0] || qx !== p[1];
        for (const node of [...line.lines, landed]) visible(node, moved);
        line.draw(p, results[r].p);
        set(landed, { cx: qx * U, cy: qy * U });
        set(way, { d: axis === "y" ? `M${p[1] * U} ${-REACH * U}V${bottom * U}` : `M${-REACH * U} ${p[0] * U}H${right * U}` });
        const { value, dy, dx } = results[r];
        placeHandle(point, p, [-REACH, right], `${spokenPlace(p)}, value ${show(value, 2)}, slopes ${show(dy, 2)} and ${show(dx, 2)}`);
      });
      const lines = RULES.map((rule) => curves(image, ...p, axis, rule));
      for (const { name, box, lines: paths, marks } of panelsAlong(axis)) {
        RULES.forEach((_, r) => {
          // Pieces that meet are one line; where they do not, the slope jumps.
          const pieces = [];
          for (const piece of lines[r]) {
            const [a, b] = piece[name], last = pieces.at(-1);
            if (last && Math.abs(last.at(-1)[1] - a) < 1e-9) last.push([piece.to, b]);
            else pieces.push([[piece.from, a], [piece.to, b]]);
          }
          set(paths[r], { d: box.path(pieces) });
          set(marks[r], { transform: `translate(${box.X(c)} ${box.Y(results[r][name])})` });
        });
        set(box.svg, { "aria-label": `${{ value: "Value", dy: "Slope in y", dx: "Slope in x" }[name]} along ${axis}; at p, zeros has ${show(results[0][name], 2)}, project ${show(results[1][name], 2)}` });
      }
      READINGS.forEach((name, i) => RULES.forEach((_, r) => { rows[i][r + 1].textContent = show(results[r][name], 4); }));
      const held = ["y", "x"].filter((_, i) => results[1].projected[i]);
      note.textContent = held.length ? `project holds p in ${held.join(" and in ")}: no slope there.` : "p is inside: both rules agree.";
      for (const [control, value, word] of [[y, p[0], "down"], [x, p[1], "right"]]) {
        control.input.value = value;
        control.output.textContent = show(value, 2);
        set(control.input, { "aria-valuetext": `${show(value, 2)} pixels ${word}` });
      }
      along.draw();
      say(`p at ${spokenPlace(p)}. ${RULES.map((rule, r) => `${rule}: value ${show(results[r].value, 4)}, slope in y ${show(results[r].dy, 4)}, slope in x ${show(results[r].dx, 4)}`).join("; ")}. ${note.textContent}`);
    };
  });
}

export default { render, compute, curves };
