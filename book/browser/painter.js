// Draws scenes and marks as SVG, maps and reliefs on canvases under it. Colours are CSS variables: light and dark come by themselves.
adam.painter = (() => {
  const NARROW = 560, TOP = 14, HEADED = 34, PLAIN = 26, LABELLED = 48, LEVELS = 13;
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  const round = (x) => Math.round(x * 100) / 100;

  const SCALES = {
    even: [(x) => x, (x) => x], log: [Math.log10, (x) => 10 ** x], memory: [(beta) => -Math.log10(1 - beta), (decades) => 1 - 10 ** -decades],
  };

  function scale([low, high], kind, from, to) {
    const [f, back] = SCALES[kind];
    const a = f(low), b = f(high);
    const at = (value) => from + ((f(value) - a) / (b - a)) * (to - from);
    at.back = (pixel) => back(a + ((pixel - from) / (to - from)) * (b - a));
    return at;
  }

  // Where every panel stands: in rows, or one under the other where the page is narrow.
  // low: whether they are kept low there, so that all stay in sight.
  function layout(panels, width, low) {
    const narrow = width < NARROW, most = Math.max((low ? 0.5 : 0.8) * width, 120), rows = [];
    for (const panel of panels) {
      const key = narrow ? rows.length : panel.row;
      (rows[key] = rows[key] || []).push(panel);
    }
    const placed = [];
    let y = 0;
    for (const row of rows.filter((one) => one)) {
      const whole = row.reduce((sum, panel) => sum + panel.share, 0);
      let x = 0;
      for (const panel of row) {
        const wide = (width * panel.share) / whole;
        placed.push(place(panel, x, y, wide, narrow ? Math.min(panel.height, most) : panel.height));
        x += wide;
      }
      y += Math.max(...placed.slice(-row.length).map((one) => one.height));
    }
    return { placed, width, height: y };
  }

  function place(panel, x, y, width, height) {
    const inner = panel.bare
      ? { left: x, top: y, right: x + width, bottom: y + height }
      : {
          left: x + panel.left, top: y + (panel.head ? HEADED : TOP), right: x + width - panel.right,
          bottom: y + height - (panel.xlabel ? LABELLED : PLAIN),
        };
    const kind = (log, memory) => (log ? "log" : memory ? "memory" : "even");
    const px = scale(panel.xlim, kind(panel.xlog, panel.xmemory), inner.left, inner.right);
    const py_ = scale(panel.ylim, kind(panel.ylog, panel.ymemory), inner.bottom, inner.top);
    return { panel, ...inner, x, y, height, px, py: py_ };
  }

  // Axes

  function axes(at) {
    const { panel, left, right, top, bottom } = at;
    if (panel.bare) return "";
    const parts = [`<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`];
    let last = -1e9;
    for (const [value, text] of panel.xticks) {
      const x = round(at.px(value)), room = 4 * text.length + 4;
      parts.push(`<path class="axis" d="M${x} ${bottom}v5"/>`);
      if (x - room < last) continue;
      last = x + room;
      parts.push(`<text class="tick middle" x="${x}" y="${bottom + 19}">${escape(text)}</text>`);
    }
    for (const [value, text] of panel.yticks) {
      const y = round(at.py(value));
      parts.push(`<path class="axis" d="M${left} ${y}h-5"/><text class="tick right" x="${left - 8}" y="${y + 4.5}">${escape(text)}</text>`);
    }
    if (panel.xlabel) parts.push(`<text class="label middle" x="${(left + right) / 2}" y="${bottom + 40}">${escape(panel.xlabel)}</text>`);
    if (panel.head) parts.push(`<text class="label" x="${left}" y="${top - 11}">${escape(panel.head)}</text>`);
    if (panel.plane) parts.push(`<text class="word quiet right" x="${right - 8}" y="${bottom - 9}">θ₁</text><text class="word quiet" x="${left + 9}" y="${top + 18}">θ₂</text>`);
    return parts.join("");
  }

  // Marks

  const pen = (mark, kind) => `class="${kind} pen-${mark.pen}"`;

  const SHAPES = {  // of half-width 1
    o: "M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z", s: "M-.9-.9H.9V.9H-.9Z", D: "M0-1.25L1.25 0 0 1.25-1.25 0Z", "^": "M0-1.1L1.05.9H-1.05Z",
    v: "M0 1.1L1.05-.9H-1.05Z", ">": "M1.1 0L-.9 1.05V-1.05Z", h: "M0-1.1L.95-.55V.55L0 1.1-.95.55V-.55Z",
    P: "M-.35-1H.35V-.35H1V.35H.35V1H-.35V.35H-1V-.35H-.35Z", X: "M-1-.5L-.5-1 0-.5 .5-1 1-.5 .5 0 1 .5 .5 1 0 .5-.5 1-1 .5-.5 0Z",
    star: "M0-1.3L.31-.42 1.24-.4 .5.16 .76 1.05 0 .53-.76 1.05-.5.16-1.24-.4-.31-.42Z",
  };
  const shape = (name, x, y, size, attributes) =>
    `<path ${attributes} d="${SHAPES[name]}" transform="translate(${round(x)} ${round(y)}) scale(${round(size / 2)})"/>`;

  function points(mark, at) {
    const width = at.right - at.left, height = at.bottom - at.top, share = mark.unit === "share", found = [];
    for (let i = 0; i < mark.xs.length; i++) {
      const x = share ? at.left + mark.xs[i] * width : at.px(mark.xs[i]), y = share ? at.bottom - mark.ys[i] * height : at.py(mark.ys[i]);
      found.push(Number.isFinite(x) && Number.isFinite(y) && Math.abs(x) < 1e5 && Math.abs(y) < 1e5 ? [round(x), round(y)] : null);
    }
    return found;
  }

  function dashes(mark) {
    if (!mark.dashed) return "";
    const looks = adam.pens[mark.pen], pattern = looks ? looks.dash : [3, 1.5];
    if (!pattern.length) return "";
    return `stroke-dasharray:${pattern.map((part) => round(part * mark.width)).join(" ")};stroke-linecap:butt;`;
  }

  const draw = {
    Line(mark, at) {
      const found = points(mark, at);
      let path = "", joined = false;
      for (const point of found) {
        if (point) path += `${joined ? "L" : "M"}${point[0]} ${point[1]}`;
        joined = point !== null;
      }
      const line = `<path ${pen(mark, "line")} style="stroke-width:${mark.width}px;${dashes(mark)}" d="${path}"/>`;
      if (!mark.dots) return line;
      const dots = found.filter((point) => point).map(([x, y]) => `M${x} ${y}h0`).join("");
      return `${line}<path ${pen(mark, "line")} style="stroke-width:${mark.dots}px" d="${dots}"/>`;
    },
    Dot(mark, at) {
      const x = at.px(mark.x), y = at.py(mark.y), looks = adam.pens[mark.pen];
      if (!Number.isFinite(x) || !Number.isFinite(y)) return "";
      if (mark.kind === "filled") return shape(looks ? looks.marker : "o", x, y, mark.size, pen(mark, "dot"));
      if (mark.kind === "star") return shape("star", x, y, mark.size, pen(mark, "dot"));
      if (mark.kind === "hollow") return shape("o", x, y, mark.size, pen(mark, "hollow"));
      return shape("o", x, y, mark.size, 'class="halo"') + shape("o", x, y, mark.size, pen(mark, "ring"));
    },
    Word(mark, at) {
      const share = mark.unit === "share";
      const x = share ? at.left + mark.x * (at.right - at.left) : at.px(mark.x);
      const y = share ? at.bottom - mark.y * (at.bottom - at.top) : at.py(mark.y);
      if (!Number.isFinite(x) || !Number.isFinite(y)) return "";
      return `<text ${pen(mark, `word ${mark.anchor}${at.panel.bare ? " plain" : ""}`)} x="${round(x + mark.dx)}" y="${round(y - mark.dy + 4.5)}">${escape(typeset(mark.text))}</text>`;
    },
    Bar(mark, at) {
      const [x0, x1] = [at.px(mark.x0), at.px(mark.x1)].sort((a, b) => a - b), [y0, y1] = [at.py(mark.y0), at.py(mark.y1)].sort((a, b) => a - b);
      if (![x0, x1, y0, y1].every(Number.isFinite)) return "";
      return `<rect ${pen(mark, mark.pale ? "pale framed" : "bar")} x="${round(x0)}" y="${round(y0)}" width="${round(x1 - x0)}" height="${round(y1 - y0)}"/>`;
    },
    Band(mark, at) {
      const inside = (x) => Math.min(Math.max(at.px(x), at.left), at.right), x0 = inside(mark.low), x1 = inside(mark.high);
      return Number.isFinite(x1 - x0) ? `<rect ${pen(mark, "pale")} x="${round(x0)}" y="${at.top}" width="${round(Math.max(x1 - x0, 0))}" height="${at.bottom - at.top}"/>` : "";
    },
    Guide(mark, at) {
      const place = mark.upright ? at.px(mark.at) : at.py(mark.at);
      if (!Number.isFinite(place)) return "";
      const path = mark.upright ? `M${round(place)} ${at.top}V${at.bottom}` : `M${at.left} ${round(place)}H${at.right}`;
      return `<path ${pen(mark, "line")} style="stroke-width:${mark.width}px;${dashes(mark)}" d="${path}"/>`;
    },
    Arrow(mark, at) {
      const [x0, y0, x1, y1] = [at.px(mark.x), at.py(mark.y), at.px(mark.x + mark.dx), at.py(mark.y + mark.dy)];
      const long = Math.hypot(x1 - x0, y1 - y0);
      if (!(long > 0.5) || !Number.isFinite(long)) return "";
      const head = Math.min(long, 2.2 * mark.width), [ux, uy] = [(x1 - x0) / long, (y1 - y0) / long], side = (1.2 * mark.width * head) / (2.2 * mark.width);
      const [bx, by] = [x1 - head * ux, y1 - head * uy];
      const tip = `M${round(x1)} ${round(y1)}L${round(bx - side * uy)} ${round(by + side * ux)}L${round(bx + side * uy)} ${round(by - side * ux)}Z`;
      return `<path ${pen(mark, "line butt")} style="stroke-width:${mark.width}px" d="M${round(x0)} ${round(y0)}L${round(bx)} ${round(by)}"/><path ${pen(mark, "bar")} d="${tip}"/>`;
    },
  };
  const OUTSIDE = new Set(["Word", "Dot"]);  // may reach over the edge of their panel

  // Ground: reliefs and maps, pixel by pixel

  const colours = (element, names) => names.map((name) => {
    const [r, g, b] = getComputedStyle(element).getPropertyValue(name).trim().replace("#", "").match(/../g).map((part) => parseInt(part, 16));
    return [r, g, b];
  });

  function mixed(ramp, share) {
    const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1), i = Math.min(Math.floor(at), ramp.length - 2), rest = at - i;
    return ramp[i].map((part, k) => Math.round(part + rest * (ramp[i + 1][k] - part)));
  }

  function quantile(sorted, share) {
    const at = share * (sorted.length - 1), low = Math.floor(at);
    return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
  }

  // Where the contours lie: at equal ratios where the loss spans decades, at equal heights where it does not.
  function levels(heights) {
    const seen = heights.filter(Number.isFinite).sort((a, b) => a - b), top = seen[seen.length - 1];
    const [low, q05, q95] = [0.002, 0.05, 0.95].map((share) => quantile(seen, share));
    if (q95 > 10 * q05) {
      const first = Math.max(low, 1e-5 * top);
      return py.range(LEVELS).map((k) => first * (top / first) ** (k / LEVELS));
    }
    const half = Math.floor(LEVELS / 2);
    return py.range(1, half + 1).map((k) => seen[0] + (k * (top - seen[0])) / (half + 1));
  }

  function relief(canvas, at, problem) {
    const [xs, ys] = [[at.left, at.right, at.px], [at.top, at.bottom, at.py]].map(([from, to, by]) => (n) => py.range(n).map((k) => by.back(from + ((k + 0.5) * (to - from)) / n)));
    const coarse = ys(61).flatMap((y) => xs(61).map((x) => problem.height(x, y)));
    const minima = problem.minimum === null ? [] : [problem.minimum].flat(2), lowest = [];
    for (let i = 0; i < minima.length; i += 2) lowest.push(problem.height(minima[i], minima[i + 1]));
    const floor = Math.min(...coarse.filter(Number.isFinite), ...lowest);
    const steps = levels(coarse.map((z) => z - floor));
    const ramp = colours(canvas, ["--relief-low", "--relief-middle", "--relief-high"]), [edge] = colours(canvas, ["--contour"]);
    const shades = py.range(steps.length + 1).map((k) => mixed(ramp, k / steps.length));
    const across = xs(canvas.width), down = ys(canvas.height);
    bands(canvas, (i, j) => problem.height(across[i], down[j]) - floor, steps, shades, edge);
  }

  // Colours a canvas in bands; a pixel is an edge where the band changes to the right or below.
  function bands(canvas, value, steps, shades, edge) {
    const { width, height } = canvas, image = new ImageData(width, height), found = new Uint8Array(width * height);
    for (let j = 0, at = 0; j < height; j++) {
      for (let i = 0; i < width; i++, at++) {
        const z = value(i, j);
        let low = 0, high = steps.length;
        while (low < high) { const middle = (low + high) >> 1; if (z >= steps[middle]) low = middle + 1; else high = middle; }
        found[at] = low;
      }
    }
    for (let at = 0, to = 0; at < found.length; at++, to += 4) {
      const border = (at + 1 < found.length && found[at] !== found[at + 1] && (at + 1) % width) || (at + width < found.length && found[at] !== found[at + width]);
      const [r, g, b] = border ? edge : shades[found[at]];
      image.data[to] = r; image.data[to + 1] = g; image.data[to + 2] = b; image.data[to + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  function map(canvas, mark) {
    const { width, height } = canvas, image = new ImageData(width, height), rows = mark.rows, f = mark.log ? Math.log : (x) => x;
    const low = f(mark.low), high = f(mark.high), [lost] = colours(canvas, ["--diverged"]), steps = mark.levels;
    const cells = rows.map((row) => row.map((z) => (Number.isFinite(z) ? mixed(adam.mapColours, (f(Math.max(z, mark.log ? 1e-300 : z)) - low) / (high - low)) : lost)));
    const level = (z) => steps.filter((step) => z >= step).length;
    for (let j = 0, to = 0; j < height; j++) {
      const row = rows.length - 1 - Math.floor((j * rows.length) / height);
      for (let i = 0; i < width; i++, to += 4) {
        const column = Math.floor((i * rows[0].length) / width), [r, g, b] = cells[row][column];
        image.data[to] = r; image.data[to + 1] = g; image.data[to + 2] = b; image.data[to + 3] = 255;
      }
    }
    if (steps.length) contours(image, rows, level);
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  function contours(image, rows, level) {
    const { width, height } = image, high = rows.length, wide = rows[0].length;
    const smooth = (i, j) => {
      const x = Math.min(Math.max(((i + 0.5) * wide) / width - 0.5, 0), wide - 1.001), y = Math.min(Math.max(((height - j - 0.5) * high) / height - 0.5, 0), high - 1.001);
      const [p, q] = [Math.floor(x), Math.floor(y)], [u, v] = [x - p, y - q];
      return (1 - v) * ((1 - u) * rows[q][p] + u * rows[q][p + 1]) + v * ((1 - u) * rows[q + 1][p] + u * rows[q + 1][p + 1]);
    };
    let above = [];
    for (let j = 0; j < height; j++) {
      const line = [];
      for (let i = 0; i < width; i++) {
        const z = smooth(i, j);
        line.push(Number.isFinite(z) ? level(z) : -1);
        const differs = (other) => other !== undefined && other >= 0 && line[i] >= 0 && other !== line[i];
        if (differs(line[i - 1]) || differs(above[i])) image.data.fill(255, 4 * (j * width + i), 4 * (j * width + i) + 3);
      }
      above = line;
    }
  }

  // As Python's picture.typeset: minus signs, powers of ten.
  function typeset(text) {
    const raised = (sign, digits) => [...(sign === "-" ? "-" : "") + digits].map((d) => (d === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[d])).join("");
    return text.replace(/(?<=\d)e([+-])0*(\d+)/g, (_, sign, digits) => ` × 10${raised(sign, digits)}`)
      .replace(/(?<![\p{L}\p{N}_)])-(?=\d)/gu, "−").replaceAll(" × ", "\u00a0×\u00a0").replaceAll(" = ", "\u00a0=\u00a0");
  }

  class Painter {
    // stage: an empty element; scene: panels and fixed marks; low: whether panels are low where they stand one under the other
    constructor(stage, scene, low = false) {
      this.low = low;
      this.stage = stage;
      this.scene = scene;
      this.canvases = new Map();
      this.drawn = new Map();
      this.id = `clip-${Painter.count = (Painter.count || 0) + 1}`;
      stage.innerHTML = '<svg role="img"><defs></defs><g class="axes"></g><g class="moving"></g></svg>';
      this.svg = stage.firstElementChild;
    }

    resize(width) {
      this.layout = layout(this.scene.panels, width, this.low);
      const { placed, height } = this.layout;
      this.at = Object.fromEntries(placed.map((one) => [one.panel.name, one]));
      this.svg.setAttribute("width", width);
      this.svg.setAttribute("height", height);
      this.stage.style.height = `${height}px`;
      const clip = (one) => `<clipPath id="${this.id}-${one.panel.name}"><rect x="${one.left}" y="${one.top}" width="${Math.max(one.right - one.left, 0)}" height="${Math.max(one.bottom - one.top, 0)}"/></clipPath>`;
      this.svg.querySelector("defs").innerHTML = placed.map(clip).join("");
      this.svg.querySelector(".axes").innerHTML = this.marked(this.scene.fixed) + placed.map(axes).join("");
      this.forget();
    }

    // Colours or sizes have changed: every ground is drawn anew.
    forget() {
      this.drawn.clear();
    }

    marked(marks) {
      return marks.filter((mark) => draw[mark.constructor.name]).map((mark) => {
        const made = draw[mark.constructor.name](mark, this.at[mark.panel]);
        return OUTSIDE.has(mark.constructor.name) ? made : `<g clip-path="url(#${this.id}-${mark.panel})">${made}</g>`;
      }).join("");
    }

    // fine: whether grounds are drawn at the full resolution of the screen; returns whether any was drawn coarsely
    draw(marks, fine) {
      let coarse = false;
      for (const mark of [...this.scene.fixed, ...marks]) {
        if (!draw[mark.constructor.name]) coarse = this.ground(mark, fine) || coarse;
      }
      this.svg.querySelector(".moving").innerHTML = this.marked(marks);
      return coarse;
    }

    ground(mark, fine) {
      const before = this.drawn.get(mark.panel), key = mark.rows || mark.problem.key;
      const same = before && before.key === key && before.low === mark.low;
      if (same && (before.fine || !fine)) return !before.fine;
      const at = this.at[mark.panel], sharp = fine ? Math.max(2, window.devicePixelRatio) : 1, canvas = this.canvas(mark.panel, at);
      canvas.width = Math.max(Math.round((at.right - at.left) * sharp), 1);
      canvas.height = Math.max(Math.round((at.bottom - at.top) * sharp), 1);
      if (mark.rows) map(canvas, mark); else relief(canvas, at, mark.problem);
      this.drawn.set(mark.panel, { key, low: mark.low, fine: fine || Boolean(mark.rows && !mark.levels.length) });
      return !this.drawn.get(mark.panel).fine;
    }

    canvas(name, at) {
      if (!this.canvases.has(name)) {
        const made = document.createElement("canvas");
        made.setAttribute("aria-hidden", "true");
        this.stage.prepend(made);
        this.canvases.set(name, made);
      }
      const canvas = this.canvases.get(name);
      Object.assign(canvas.style, { left: `${at.left}px`, top: `${at.top}px`, width: `${at.right - at.left}px`, height: `${at.bottom - at.top}px` });
      return canvas;
    }
  }

  return { Painter, typeset };
})();
