// Moves the figures of the site: every position is a stored frame, two pictures one upon the other.
"use strict";

const KEPT = 80; // pictures of one figure that stay decoded

for (const figure of document.querySelectorAll("figure.explorer")) bring(figure);

function bring(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const stage = figure.querySelector(".stage");
  const caption = figure.querySelector("figcaption");
  const inputs = [...figure.querySelectorAll("[data-size]")];
  const pictures = new Map();
  let wanted = Number(figure.dataset.frame);

  // A picture that is loaded and decoded, so that putting it on the stage shows no gap.
  function ready(name) {
    if (!pictures.has(name)) {
      const image = new Image();
      image.src = data.folder + name;
      image.width = stage.firstElementChild.width;
      image.height = stage.firstElementChild.height;
      pictures.set(name, image.decode().then(() => image, (error) => { pictures.delete(name); throw error; }));
      if (pictures.size > KEPT) pictures.delete(pictures.keys().next().value);
    }
    return pictures.get(name);
  }

  function files(frame) {
    const [ground, sheet] = data.frames[frame];
    return [data.grounds[ground], data.sheets[sheet]];
  }

  async function show(frame) {
    wanted = frame;
    try {
      const [ground, sheet] = await Promise.all(files(frame).map(ready));
      if (frame !== wanted) return;
      ground.className = "ground";
      ground.alt = "";
      sheet.className = "sheet";
      sheet.alt = data.sentences[frame];
      stage.replaceChildren(ground, sheet);
      if (caption.textContent !== data.sentences[frame]) caption.textContent = data.sentences[frame];
      figure.dataset.frame = frame;
    } catch {
      if (frame === wanted) caption.textContent = "This position could not be loaded. Are you offline?";
    }
  }

  function frameAt(positions) {
    return inputs.reduce((at, input, i) => at * Number(input.dataset.size) + positions[i], 0);
  }

  function moved(input) {
    if (input.dataset.texts) {
      const text = JSON.parse(input.dataset.texts)[input.value];
      input.setAttribute("aria-valuetext", text);
      input.parentElement.querySelector(".value").textContent = text;
    }
    show(frameAt(inputs.map(place)));
  }

  // The positions next to this one along a control, and all of them once it is being moved.
  function prepare(input, all) {
    const here = inputs.map(place), nth = inputs.indexOf(input);
    for (let to = 0; to < Number(input.dataset.size); to++) {
      if (all || Math.abs(to - here[nth]) === 1) files(frameAt(replaced(here, nth, to))).forEach((name) => ready(name).catch(() => {}));
    }
  }

  function set(input, to) {
    if (input.type === "checkbox") input.checked = to === 1;
    else if (input.type === "range") input.value = to;
    else input.selectedIndex = to;
  }

  for (const input of inputs) {
    set(input, Number(input.dataset.start));
    input.addEventListener("input", () => moved(input));
    input.addEventListener("focus", () => prepare(input, false));
    input.addEventListener("pointerdown", () => prepare(input, true));
    input.addEventListener("keydown", () => prepare(input, Number(input.dataset.size) <= 50));
  }

  for (const button of figure.querySelectorAll(".play")) {
    const input = inputs.find((one) => one.id === button.dataset.for);
    let timer = 0;
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      button.setAttribute("aria-pressed", "false");
      button.textContent = "▶";
    };
    button.addEventListener("click", () => {
      if (timer) return stop();
      prepare(input, true);
      button.setAttribute("aria-pressed", "true");
      button.textContent = "⏸";
      if (place(input) === Number(input.dataset.size) - 1) set(input, 0);
      timer = setInterval(() => {
        if (place(input) === Number(input.dataset.size) - 1) return stop();
        set(input, place(input) + 1);
        moved(input);
      }, 150);
    });
    input.addEventListener("pointerdown", stop);
  }

  figure.querySelector(".reset").addEventListener("click", () => {
    for (const input of inputs) set(input, Number(input.dataset.start));
    for (const input of inputs) moved(input);
  });
  figure.querySelector(".knobs").hidden = inputs.length === 0;
}

function place(input) {
  if (input.type === "checkbox") return Number(input.checked);
  return input.type === "range" ? Number(input.value) : input.selectedIndex;
}

function replaced(list, nth, to) {
  return list.map((value, i) => (i === nth ? to : value));
}
