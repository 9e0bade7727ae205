// Judges an answer to an exercise: numbers with commas between, fractions and roots of them too.
(() => {
  const PART = /^([+-]?)(sqrt|√)?\(?([\d.]+(?:e[+-]?\d+)?)\)?(?:\/(sqrt|√)?\(?([\d.]+(?:e[+-]?\d+)?)\)?)?$/i;

  function numberOf(text) {
    const found = text.replace(/−/g, "-").replace(/\s/g, "").match(PART);
    if (!found) return NaN;
    const [, sign, above, top, below, bottom] = found, rooted = (root, x) => (root ? Math.sqrt(Number(x)) : Number(x));
    return (sign === "-" ? -1 : 1) * (rooted(above, top) / (bottom ? rooted(below, bottom) : 1));
  }

  const numbersOf = (text) => text.replace(/[[\]]|^\s*\(|\)\s*$/g, " ").split(/[,;]/).map((part) => part.trim()).filter((part) => part).map(numberOf);
  const same = (numbers, known) => numbers.length === known.numbers.length && numbers.every((x, i) => Math.abs(x - known.numbers[i]) <= known.room[i]);

  function verdict(text, judged) {
    const numbers = numbersOf(text), wanted = judged[0].numbers.length;
    if (!numbers.length) return "Not answered yet.";
    if (numbers.some(Number.isNaN)) return "Not a number: write it as 0.5, 1/2 or sqrt(2).";
    if (numbers.length !== wanted) return `Not yet: ${wanted === 1 ? "one number is" : `${wanted} numbers are`} wanted.`;
    const found = judged.find((known) => same(numbers, known));
    return found ? found.says : "Not yet.";
  }

  function ask(form) {
    const judged = JSON.parse(form.dataset.judged);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.querySelector(".verdict").textContent = verdict(form.querySelector("input").value, judged);
    });
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form.answer").forEach(ask));
})();
