// A figure that moves: controls under it, a start that is dragged, a sentence under it; everything is computed here.
(() => {
  const { py, painter } = adam, REST = 160, PLAY = 120, MOST = 12;  // milliseconds; MOST: of one picture spent on a map
  const small = window.matchMedia("(prefers-reduced-motion: reduce)");

  const isNumbers = (control) => typeof control.values[0] === "number";
  const whole = (control) => control.values.every(Number.isInteger);
  const said = (value) => (typeof value === "number" ? painter.typeset(py.number(value, 5)) : String(value));

  // The value at a position between two stops: in equal ratios where they are far apart, rounded to what a finger can tell.
  function valueAt(control, position) {
    const { values } = control, i = Math.min(Math.floor(position), values.length - 2), rest = position - i;
    if (rest === 0 || !control.between) return values[Math.round(position)];
    if (rest === 1) return values[i + 1];
    const [a, b] = [values[i], values[i + 1]], found = a > 0 && b > 1.5 * a ? a * (b / a) ** rest : a + (b - a) * rest;
    if (whole(control)) return Math.round(found);
    const digits = Math.ceil(-Math.log10(Math.abs(b - a) / 50));
    return Number(found.toFixed(Math.min(Math.max(digits, 0), 15)));
  }

  function positionOf(control, value) {
    const { values } = control, last = values.length - 1;
    if (values.includes(value)) return values.indexOf(value);
    if (value <= values[0]) return 0;
    if (value >= values[last]) return last;
    const i = values.findIndex((stop) => stop > value) - 1, [a, b] = [values[i], values[i + 1]];
    return i + (a > 0 && b > 1.5 * a ? Math.log(value / a) / Math.log(b / a) : (value - a) / (b - a));
  }

  class Explorer {
    constructor(figure, view) {
      this.figure = figure;
      this.view = view;
      this.names = Object.keys(view.scene.controls);
      this.start = Object.fromEntries(this.names.map((name) => [name, view.scene.controls[name].start]));
      this.values = { ...this.start, ...this.fromAddress() };
      this.stage = figure.querySelector(".stage");
      this.caption = figure.querySelector("figcaption");
      this.painter = new painter.Painter(this.stage, view.scene, figure.classList.contains("many"));
      this.painter.svg.setAttribute("aria-label", this.caption.textContent);  // until the first picture rests
      this.inputs = {};
      this.build();
      this.watch();
    }

    // Controls

    build() {
      const knobs = this.figure.querySelector(".knobs");
      for (const name of this.names) knobs.append(this.row(name, this.view.scene.controls[name]));
      knobs.append(this.acts());
      knobs.hidden = false;
      this.spoken = document.createElement("p");
      this.spoken.className = "spoken";
      this.spoken.setAttribute("role", "status");
      this.figure.append(this.spoken);
    }

    acts() {
      const acts = document.createElement("div"), button = (text, act) => {
        const made = document.createElement("button");
        Object.assign(made, { type: "button", className: text.toLowerCase().replace(" ", "-"), textContent: text });
        made.addEventListener("click", () => act(made));
        acts.append(made);
      };
      acts.className = "acts";
      button("Reset", () => this.set(this.start));
      if (navigator.clipboard) {
        button("Copy link", async (made) => {
          await navigator.clipboard.writeText(this.address());
          made.textContent = "Copied";
          setTimeout(() => { made.textContent = "Copy link"; }, 1500);
        });
      }
      return acts;
    }

    row(name, control) {
      const row = document.createElement("div"), label = document.createElement("label"), key = `${this.figure.id}-${name}`;
      row.className = "control";
      label.htmlFor = key;
      label.textContent = control.label;
      const input = isNumbers(control) ? this.slider(name, control) : typeof control.values[0] === "boolean" ? this.tick(name) : this.choice(name, control);
      input.id = key;
      this.inputs[name] = input;
      if (typeof control.values[0] === "boolean") {
        row.classList.add("switch");
        row.append(input, label);
        return row;
      }
      row.append(label, ...(control.play ? this.players(name, control) : []), input);
      if (isNumbers(control)) {
        const value = document.createElement("span");
        value.className = "value";
        value.setAttribute("aria-hidden", "true");
        const stops = document.createElement("datalist");
        stops.id = `${key}-stops`;
        stops.innerHTML = control.values.map((_, i) => `<option value="${i}"></option>`).join("");
        input.setAttribute("list", stops.id);
        row.append(value, stops);
      }
      return row;
    }

    slider(name, control) {
      const input = document.createElement("input");
      Object.assign(input, { type: "range", min: 0, max: control.values.length - 1, step: control.between && !(whole(control) && dense(control)) ? "any" : 1 });
      input.addEventListener("input", () => this.set({ [name]: valueAt(control, Number(input.value)) }, false));
      input.addEventListener("keydown", (event) => this.key(event, name, control));
      return input;
    }

    // The arrow keys go from stop to stop.
    key(event, name, control) {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 3, PageDown: -3 }[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.step(name, control, by);
    }

    step(name, control, by) {
      const here = positionOf(control, this.values[name]), next = by > 0 ? Math.floor(here + 1e-9) + by : Math.ceil(here - 1e-9) + by;
      this.set({ [name]: control.values[Math.min(Math.max(next, 0), control.values.length - 1)] });
    }

    tick(name) {
      const input = document.createElement("input");
      input.type = "checkbox";
      input.addEventListener("input", () => this.set({ [name]: input.checked }));
      return input;
    }

    choice(name, control) {
      const input = document.createElement("select");
      input.append(...control.values.map((text) => new Option(text, text)));
      input.addEventListener("input", () => this.set({ [name]: input.value }));
      return input;
    }

    players(name, control) {
      const play = document.createElement("button"), step = document.createElement("button");
      Object.assign(play, { type: "button", className: "play", textContent: "▶" });
      Object.assign(step, { type: "button", className: "step", textContent: "+1" });
      play.setAttribute("aria-label", `Play ${control.label}`);
      step.setAttribute("aria-label", `One step of ${control.label}`);
      play.setAttribute("aria-pressed", "false");
      const stop = () => {
        clearInterval(this.playing);
        this.playing = 0;
        play.textContent = "▶";
        play.setAttribute("aria-pressed", "false");
      };
      play.addEventListener("click", () => {
        if (this.playing) return stop();
        const last = control.values[control.values.length - 1];
        if (this.values[name] === last) this.set({ [name]: control.values[0] });
        play.textContent = "⏸";
        play.setAttribute("aria-pressed", "true");
        this.playing = setInterval(() => {
          this.step(name, control, 1);
          if (this.values[name] === last) stop();
        }, small.matches ? 4 * PLAY : PLAY);
      });
      step.addEventListener("click", () => { stop(); this.step(name, control, 1); });
      return [play, step];
    }

    // Moves

    set(values, move = true) {
      Object.assign(this.values, values);
      if (move) this.place();
      this.say();
      this.later();
      clearTimeout(this.writing);
      this.writing = setTimeout(() => this.toAddress(), 400);
    }

    place() {
      for (const name of this.names) {
        const input = this.inputs[name], control = this.view.scene.controls[name];
        if (input.type === "range") input.value = positionOf(control, this.values[name]);
        else if (input.type === "checkbox") input.checked = this.values[name];
        else input.value = this.values[name];
      }
    }

    say() {
      for (const name of this.names) {
        const input = this.inputs[name];
        if (input.type !== "range") continue;
        input.setAttribute("aria-valuetext", said(this.values[name]));
        input.parentElement.querySelector(".value").textContent = said(this.values[name]);
      }
    }

    later() {
      if (!this.waiting) this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(false); });
    }

    draw(fine) {
      if (!this.painter.layout) return;
      py.clock.until = performance.now() + MOST;
      py.clock.pending = false;
      const [marks, sentence] = this.view.update(this.values);
      const unfinished = py.clock.pending, coarse = this.painter.draw(marks, fine);
      this.handle();
      if (unfinished) return this.later();
      this.caption.textContent = this.sentence = painter.typeset(sentence);
      this.figure.dataset.drawn = JSON.stringify(this.values);
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.rest(coarse), REST);
    }

    // Nothing has moved for a while: the ground becomes fine, and the sentence is spoken.
    rest(coarse) {
      if (coarse) this.draw(true);
      this.painter.svg.setAttribute("aria-label", this.sentence);
      if (this.moved) this.spoken.textContent = this.sentence;
      this.moved = true;
    }

    // The start: pressed anywhere in its panel with a mouse, by its handle with a finger, so that the page still scrolls.

    handle() {
      if (!this.view.scene.drag.length) return;
      const [panel, x, y] = this.view.scene.drag, at = this.painter.at[panel];
      if (!this.grip) this.grab(panel, x, y);
      Object.assign(this.grip.style, { left: `${at.px(this.values[x])}px`, top: `${at.py(this.values[y])}px` });
      Object.assign(this.pad.style, { left: `${at.left}px`, top: `${at.top}px`, width: `${at.right - at.left}px`, height: `${at.bottom - at.top}px` });
    }

    grab(panel, x, y) {
      this.pad = document.createElement("div");
      this.grip = document.createElement("div");
      this.pad.className = "pad";
      this.grip.className = "grip";
      this.stage.append(this.pad, this.grip);
      const move = (event) => {
        const box = this.stage.getBoundingClientRect(), drawn = box.width / this.stage.clientWidth;  // a slide may be scaled
        const at = this.painter.at[panel], { controls } = this.view.scene;
        const inside = (name, value) => {
          const { values, between } = controls[name], kept = Math.min(Math.max(value, Math.min(...values)), Math.max(...values));
          return between ? kept : values.reduce((a, b) => (Math.abs(b - kept) < Math.abs(a - kept) ? b : a));
        };
        const found = { [x]: inside(x, at.px.back((event.clientX - box.left) / drawn)), [y]: inside(y, at.py.back((event.clientY - box.top) / drawn)) };
        for (const name of [x, y]) if (controls[name].between) found[name] = valueAt(controls[name], positionOf(controls[name], found[name]));
        this.set(found);
      };
      const follow = (element) => {
        element.addEventListener("pointerdown", (event) => {
          if (event.button || (element === this.pad && event.pointerType === "touch")) return;
          element.setPointerCapture(event.pointerId);
          this.figure.classList.add("held");
          move(event);
          const on = (next) => move(next);
          const off = () => {
            element.removeEventListener("pointermove", on);
            this.figure.classList.remove("held");
          };
          element.addEventListener("pointermove", on);
          for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, off, { once: true });
        });
      };
      follow(this.pad);
      follow(this.grip);
      this.pad.addEventListener("click", (event) => { if (event.pointerType === "touch") move(event); });
    }

    // The page

    watch() {
      const fit = () => {
        const width = this.stage.clientWidth;
        if (!width || (this.painter.layout && this.painter.layout.width === width)) return;
        this.painter.resize(width);
        this.figure.classList.add("alive");
        this.draw(true);
      };
      this.place();
      this.say();
      new ResizeObserver(fit).observe(this.stage);
      fit();
      const repaint = () => { this.painter.forget(); this.draw(true); };
      new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
      window.addEventListener("hashchange", () => { if (fragment()[0] === this.figure.id) this.set({ ...this.start, ...this.fromAddress() }); });
      for (const kind of ["(prefers-color-scheme: dark)", "print"]) window.matchMedia(kind).addEventListener("change", repaint);
    }

    fromAddress() {
      const [id, query] = fragment(), found = {};
      if (id !== this.figure.id || !query) return found;
      for (const [name, text] of new URLSearchParams(query)) {
        const control = this.view.scene.controls[name];
        if (!control) continue;
        const kind = typeof control.values[0], value = kind === "number" ? Number(text) : kind === "boolean" ? text === "true" : text;
        if (kind === "number" && control.between ? value >= Math.min(...control.values) && value <= Math.max(...control.values) : control.values.includes(value)) found[name] = value;
      }
      requestAnimationFrame(() => this.figure.scrollIntoView());
      return found;
    }

    // Of this figure with this setting; what stands as at the start is left out.
    address() {
      const changed = this.names.filter((name) => this.values[name] !== this.start[name]);
      const query = new URLSearchParams(changed.map((name) => [name, this.values[name]]));
      return `${location.href.split("#")[0]}#${this.figure.id}${changed.length ? `?${query}` : ""}`;
    }

    toAddress() {
      history.replaceState(null, "", this.address());
    }
  }

  const fragment = () => decodeURIComponent(location.hash.slice(1)).split("?");
  const dense = (control) => control.values.every((value, i) => i === 0 || value - control.values[i - 1] === 1);

  function bring(figure) {
    const view = adam.views[figure.dataset.view];
    if (!view || figure.explorer) return;
    try {
      const scene = view.scene(JSON.parse(figure.dataset.start || "{}"));
      figure.explorer = new Explorer(figure, { scene, update: view.update });
    } catch (error) {
      figure.querySelector("figcaption").textContent = `This figure cannot move here: ${error.message}`;
      throw error;
    }
  }

  const start = () => document.querySelectorAll("figure.live[data-view]").forEach(bring);
  if (document.readyState === "complete") start(); else document.addEventListener("DOMContentLoaded", start);
})();
