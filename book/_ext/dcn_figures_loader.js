// Runs at the end of the joined script: `modules` and `styles` hold every figure by its name.

/** The part of anywidget's model that the figures use; there is no kernel to tell. */
class Model {
  #state;
  #heard = new Map();
  constructor(state) { this.#state = { ...state }; }
  get(key) { return this.#state[key]; }
  set(key, value) {
    if (Object.is(this.#state[key], value)) return;
    this.#state[key] = value;
    for (const f of this.#heard.get(`change:${key}`) ?? []) f();
  }
  on(event, f) {
    if (!this.#heard.has(event)) this.#heard.set(event, new Set());
    this.#heard.get(event).add(f);
  }
  off(event, f) { this.#heard.get(event)?.delete(f); }
  save_changes() {}
}

const styled = new Set();
function addStyle(name, text) {
  if (styled.has(name)) return;
  const style = document.createElement("style");
  style.textContent = text;
  document.head.append(style);
  styled.add(name);
}
for (const el of document.querySelectorAll(".dcn-figure")) {
  const name = el.dataset.figure;
  addStyle("", commonStyle);
  addStyle(name, styles[name]);
  modules[name].render({ model: new Model(JSON.parse(el.dataset.state)), el });
}
window.dcnFigures = modules;
