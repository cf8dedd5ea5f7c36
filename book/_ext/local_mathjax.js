// Loads MathJax once the text has shown, and lets it set the formulas in small slices: a phone can scroll meanwhile.
(() => {
  const SLICE = 4; // milliseconds; a formula takes one or a few
  const PLACES = ".math, .mathjax_process, .tex2jax_process, .output_area";
  const folder = document.currentScript.src.replace(/[^/]*$/, "");
  const breath = () => new Promise((resolve) => setTimeout(resolve));

  async function setAll() {
    await MathJax.startup.defaultPageReady();
    const places = [...document.querySelectorAll(PLACES)].filter((node) => !node.parentElement.closest(PLACES));
    let since = performance.now();
    for (const place of places) {
      await MathJax.typesetPromise([place]);
      if (performance.now() - since < SLICE) continue;
      await breath();
      since = performance.now();
    }
  }

  window.MathJax = { ...window.MathJax, startup: { typeset: false, pageReady: setAll } };
  const load = () => {
    const script = document.createElement("script");
    script.src = `${folder}tex-mml-chtml.js`;
    document.head.append(script);
  };
  requestAnimationFrame(() => setTimeout(load));
})();
