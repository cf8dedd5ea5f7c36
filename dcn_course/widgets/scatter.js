// The figure of the chapter "The gradient of the input"; common.js stands in front of it.

const REACH = 1.4; // how far a tap may leave the image, in pixels
const SIDE = 2, TAPS = SIDE * SIDE;

/**
 * Send one δ back through the first `sent` taps of a 2x2 kernel into an image of H by W pixels. `g` is what each tap
 * sends, `shares` where it goes, `grad` what the pixels receive.
 */
function compute([H, W], weight, delta, taps, border, sent = TAPS) {
  const empty = Array.from({ length: H }, () => Array(W).fill(0)), grad = empty.map((row) => [...row]);
  // eq: gradient-columns
  const g = taps.map((_, k) => weight[Math.floor(k / SIDE)][k % SIDE] * delta);
  const shares = taps.map(([y, x], k) => (k >= sent ? [] : sampleAt(empty, y, x, border).corners.map(({ q, inside, weight }) => {
    const amount = g[k] * weight;
    // eq: scatter
    if (inside) grad[q[0]][q[1]] += amount;
    return { k, q, inside, weight, amount };
  })));
  return { g, shares, grad };
}

function render({ model, el }) {
  const state = ["taps", "delta", "sent", "border"], start = Object.fromEntries(state.map((name) => [name, model.get(name)]));
  return mount(model, ["size", "weight"], state, () => {
    const id = newId("scatter"), [H, W] = model.get("size"), weight = model.get("weight");
    const where = (k) => model.get("taps")[k];
    const change = (values) => { for (const [name, value] of Object.entries(values)) model.set(name, value); model.save_changes(); };
    let last = -1; // the tap that was moved last: the one to speak of
    const move = (k, y, x) => {
      last = k;
      const to = [clamp(hundredth(y), -REACH, H - 1 + REACH), clamp(hundredth(x), -REACH, W - 1 + REACH)];
      change({ taps: model.get("taps").map((old, other) => (other === k ? to : old)) });
    };

    const stage = lattice(H, W, REACH, `Image of ${H} by ${W} pixels with four taps that send their error back`);
    for (const { rect, x, y } of stage.chips.values()) set(rect, { x: x * U - 32, y: y * U - 17, width: 64, height: 34, rx: 8 });
    const flows = Array.from({ length: 4 * TAPS }, (_, i) => s("path", { class: `dcn-flow dcn-c${Math.floor(i / 4)}` }));
    const handles = Array.from({ length: TAPS }, (_, k) => handle(`Tap ${k}`, k));
    handles.forEach((node, k) => {
      node.classList.add(`dcn-c${k}`);
      node.addEventListener("keydown", (event) => {
        const to = keyMove(event, where(k), [H, W], "yx");
        if (to) move(k, ...to);
      });
    });
    const lines = s("path", { class: "dcn-lines", d: [
      ...Array.from({ length: H + 2 }, (_, i) => `M${-REACH * U} ${(i - 1) * U}H${(W - 1 + REACH) * U}`),
      ...Array.from({ length: W + 2 }, (_, j) => `M${(j - 1) * U} ${-REACH * U}V${(H - 1 + REACH) * U}`)].join("") });
    stage.under.append(lines, ...flows);
    stage.over.append(...handles);
    dragging(stage.svg, handles, onLattice, where, move);

    const disc = (k) => h("span", { class: `dcn-disc dcn-c${k}` }, String(k));
    const sends = Array.from({ length: TAPS }, (_, k) => ({ g: h("td"), lost: h("td"), k }));
    const tapTable = h("table", { class: "dcn-terms" },
      h("caption", { class: "dcn-hidden" }, "What each tap sends back"),
      h("thead", {}, h("tr", {}, rich("th", { scope: "col" }, "tap"), rich("th", { scope: "col" }, "<i>K</i>"),
        rich("th", { scope: "col" }, "<i>g</i> = <i>K</i> · δ"), rich("th", { scope: "col" }, "lost outside"))),
      h("tbody", {}, ...sends.map(({ g, lost, k }) => h("tr", {}, h("th", { scope: "row" }, disc(k)),
        h("td", {}, short(weight[Math.floor(k / SIDE)][k % SIDE])), g, lost))));
    const body = h("tbody"), total = h("td");
    const pixelTable = h("table", { class: "dcn-terms dcn-pixels" },
      h("caption", { class: "dcn-hidden" }, "What each pixel receives"),
      h("thead", {}, h("tr", {}, rich("th", { scope: "col" }, "pixel"), rich("th", { scope: "col" }, "shares"),
        rich("th", { scope: "col" }, "<i>∂E</i>/<i>∂X</i>"))),
      body, h("tfoot", {}, h("tr", {}, h("th", { scope: "row", colspan: 2 }, "all pixels"), total)));

    const delta = slider(`${id}-delta`, "<i>δ</i> <span>at the output</span>", { min: -2, max: 2, step: 0.1 });
    delta.input.addEventListener("input", () => { last = -1; change({ delta: Number(delta.input.value) }); });
    const sent = slider(`${id}-sent`, "taps <span>sent back</span>", { min: 0, max: TAPS, step: 1 });
    sent.input.addEventListener("input", () => { last = -1; change({ sent: Number(sent.input.value) }); });
    const border = choice(`${id}-border`, "Border", model, "border", ["zeros", "project"]);
    const reset = button("Reset", () => { last = -1; change(start); });
    const [live, say] = speaker();
    el.replaceChildren(frame("scatter", "the scatter",
      h("div", { class: "dcn-plots" },
        h("div", { class: "dcn-sent" }, title("∂<i>E</i>/∂<i>X</i>", "drag a tap, or use the arrow keys"), stage.svg,
          title("What the taps send"), tapTable),
        h("div", { class: "dcn-received" }, title("What the pixels receive", "in bold where several taps meet"), pixelTable)),
      h("div", { class: "dcn-controls" }, delta.row, sent.row, h("div", { class: "dcn-choices" }, border.node, reset)),
      hints([
        "Set <b>taps sent back</b> to 0, then let one after the other in: each <i>adds</i> to its pixels.",
        "Bring two taps into one cell. At how many pixels do their shares meet?",
        "Drag a tap half out of the image. What becomes of its shares with <code>zeros</code>, what with <code>project</code>?",
        "Put all four taps on one pixel. What does it receive?",
      ], "Keys: <kbd>Tab</kbd> goes to the next tap; arrows move it by 0.05, with <kbd>Shift</kbd> by 0.25; <kbd>Page ↑</kbd> and <kbd>Page ↓</kbd> move it by one row."),
      live));

    return () => {
      const taps = model.get("taps"), rule = model.get("border"), n = model.get("sent");
      const result = compute([H, W], weight, model.get("delta"), taps, rule, n);
      const arriving = new Map(); // the shares that matter, by their lattice point
      for (const share of result.shares.flat())
        if (share.weight > 0) arriving.set(`${share.q}`, [...(arriving.get(`${share.q}`) ?? []), share]);

      for (const [key, chip] of stage.chips) {
        const shares = arriving.get(key) ?? [];
        visible(chip.chip, chip.inside || shares.length > 0);
        chip.chip.classList.toggle("dcn-many", chip.inside && shares.length > 1);
        write(chip, chip.inside ? show(result.grad[chip.y][chip.x], 2) : "×");
        chip.text.style.fontSize = "21px";
      }
      flows.forEach((path, i) => {
        const k = Math.floor(i / 4), share = result.shares[k][i % 4];
        visible(path, share?.weight > 0);
        if (!(share?.weight > 0)) return;
        // A wedge from the tap to the pixel, the wider the larger the weight.
        const [y, x] = sampleAt(result.grad, ...taps[k], rule).p, [qy, qx] = share.q, far = Math.hypot(qy - y, qx - x) || 1;
        const half = 4 + 17 * share.weight, ny = (half * (qx - x)) / far, nx = (-half * (qy - y)) / far;
        set(path, { d: `M${x * U} ${y * U}L${qx * U + nx} ${qy * U + ny}L${qx * U - nx} ${qy * U - ny}Z` });
        path.classList.toggle("dcn-lost", !share.inside);
      });
      let arrived = 0;
      sends.forEach(({ g, lost, k }) => {
        const gone = result.shares[k].filter((share) => !share.inside).reduce((sum, share) => sum + share.amount, 0);
        g.textContent = k < n ? show(result.g[k], 2) : "–";
        lost.textContent = k < n ? show(gone, 2) : "–";
        handles[k].classList.toggle("dcn-waiting", k >= n);
        placeHandle(handles[k], taps[k], [-REACH, W - 1 + REACH],
          `${spokenPlace(taps[k])}, ${k < n ? `sends ${show(result.g[k], 2)}, of which ${show(gone, 2)} is lost` : "not sent yet"}`);
      });
      const pixels = [...arriving.values()].filter(([{ inside }]) => inside).sort(([a], [b]) => a.q[0] - b.q[0] || a.q[1] - b.q[1]);
      body.replaceChildren(...pixels.map((shares) => {
        const [y, x] = shares[0].q;
        arrived += result.grad[y][x];
        return h("tr", { class: shares.length > 1 ? "dcn-many" : "" }, h("th", { scope: "row" }, pair([y, x])),
          h("td", {}, ...shares.flatMap(({ k, amount }, i) => [...(i ? [" + "] : []), h("span", { class: "dcn-share" }, disc(k), h("span", { class: "dcn-hidden" }, ": "), show(amount, 3))])),
          h("td", {}, show(result.grad[y][x], 3)));
      }));
      total.textContent = show(arrived, 3);
      for (const [control, value, digits] of [[delta, model.get("delta"), 1], [sent, n, 0]]) {
        control.input.value = value;
        control.output.textContent = show(value, digits);
      }
      border.draw();
      const meet = pixels.filter((shares) => shares.length > 1)
        .map((shares) => `pixel ${pair(shares[0].q)} ${shares.map(({ amount }) => show(amount, 2)).join(" plus ")} is ${show(result.grad[shares[0].q[0]][shares[0].q[1]], 2)}`);
      say(`${last < 0 ? "" : `Tap ${last} at ${spokenPlace(taps[last])}. `}Border ${rule}, ${n} of ${TAPS} taps sent. The pixels receive ${show(arrived, 3)} in all. `
        + (meet.length ? `Shares meet: ${meet.join("; ")}.` : "No shares meet."));
    };
  });
}

export default { render, compute };
