// What every page can do: hide its code by one switch, which the next page remembers, and copy a piece of code.
(() => {
  const HIDDEN = "code hidden", root = document.documentElement;
  const hidden = () => localStorage.getItem(HIDDEN) === "yes";
  const show = () => root.classList.toggle("no-code", hidden());
  show();

  function button(text, kind, act) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: kind, textContent: text });
    made.addEventListener("click", act);
    return made;
  }

  function addSwitch() {
    const line = document.querySelector(".where");
    if (!line || !document.querySelector("div.cell_input")) return;
    const words = () => (hidden() ? "Show the code" : "Hide the code");
    const made = button(words(), "code-switch", () => {
      localStorage.setItem(HIDDEN, hidden() ? "no" : "yes");
      show();
      made.textContent = words();
    });
    line.append(" · ", made);
  }

  function addCopy(block) {
    const made = button("Copy", "copy", async () => {
      await navigator.clipboard.writeText(block.querySelector("pre").innerText);
      made.textContent = "Copied";
      setTimeout(() => { made.textContent = "Copy"; }, 1500);
    });
    block.append(made);
  }

  document.addEventListener("DOMContentLoaded", () => {
    addSwitch();
    if (navigator.clipboard) document.querySelectorAll("article div.highlight:not(.cell_output *)").forEach(addCopy);
  });
})();
