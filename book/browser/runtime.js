// What generated code calls: Python's own functions as Python has them, and runs.
"use strict";

const py = (() => {
  const len = (xs) => xs.length;
  const list = (xs) => [...xs];
  const extend = (xs, more) => { for (const x of more) xs.push(x); };
  const has = (xs, x) => (Array.isArray(xs) || typeof xs === "string" ? xs.includes(x) : Object.hasOwn(xs, x));
  const index = (xs, x) => xs.indexOf(x);
  const any = (xs) => xs.some((x) => x);
  const all = (xs) => xs.every((x) => x);
  const reversed = (xs) => [...xs].reverse();
  const sorted = (xs) => [...xs].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const enumerate = (xs) => xs.map((x, i) => [i, x]);
  const zip = (...lists) => lists[0].slice(0, min(lists.map(len))).map((_, i) => lists.map((xs) => xs[i]));

  function range(from, to, step = 1) {
    if (to === undefined) [from, to] = [0, from];
    const made = [];
    for (let i = from; step > 0 ? i < to : i > to; i += step) made.push(i);
    return made;
  }

  // As Python: the first of equals, and nan only where it comes first.
  const least = (xs) => xs.reduce((a, b) => (b < a ? b : a));
  const most = (xs) => xs.reduce((a, b) => (b > a ? b : a));
  const min = (...xs) => least(xs.length === 1 ? xs[0] : xs);
  const max = (...xs) => most(xs.length === 1 ? xs[0] : xs);

  // As NumPy: nan wins.
  const maximum = (a, b) => (a >= b || a !== a ? a : b);
  const minimum = (a, b) => (a <= b || a !== a ? a : b);
  const sign = (a) => (a !== a ? a : (a > 0) - (a < 0));
  const square = (a) => a * a;
  const mod = (a, b) => { const rest = a % b; return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest; };
  const floordiv = (a, b) => Math.floor(a / b);

  function round(x) {  // halves go to the even neighbour
    const low = Math.floor(x), over = x - low;
    return over < 0.5 ? low : over > 0.5 ? low + 1 : low % 2 === 0 ? low : low + 1;
  }

  // Python's format "g"; toPrecision rounds halves up, Python to the even digit.
  function general(x, digits) {
    let text = x.toExponential(digits - 1);
    const exact = Math.abs(x).toExponential(Math.min(100, digits + 60)).split("e")[0].replace(".", "");
    if (/^50*$/.test(exact.slice(digits)) && Number(exact[digits - 1]) % 2 === 0) {
      const down = exact.slice(0, digits);
      text = (x < 0 ? "-" : "") + down[0] + (digits > 1 ? "." + down.slice(1) : "") + "e" + Math.abs(x).toExponential(digits + 60 > 100 ? 100 : digits + 60).split("e")[1];
    }
    let [mantissa, power] = text.split("e");
    const exponent = Number(power);
    if (exponent < -4 || exponent >= digits) {
      if (mantissa.includes(".")) mantissa = mantissa.replace(/\.?0+$/, "");
      return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
    }
    const fixed = placed(mantissa, exponent);
    return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
  }

  function placed(mantissa, exponent) {  // the digits of a mantissa with their point in its place
    const minus = mantissa.startsWith("-") ? "-" : "", figures = mantissa.replace(/[-.]/g, "");
    if (exponent < 0) return `${minus}0.${"0".repeat(-exponent - 1)}${figures}`;
    const whole = figures.slice(0, exponent + 1).padEnd(exponent + 1, "0"), rest = figures.slice(exponent + 1);
    return minus + whole + (rest ? `.${rest}` : "");
  }

  function number(x, digits = 3) {
    x = Number(x);
    if (Number.isNaN(x)) return "not a number";
    if (!Number.isFinite(x)) return x > 0 ? "infinite" : "-infinite";
    if (x === 0) return "0";
    const text = general(x, digits);
    return text.includes("e") && 1 <= Math.abs(x) && Math.abs(x) < 1e6 ? Number(text).toFixed(0) : text;
  }

  // The powers of a beta, as a run asks for them: of the two betas asked for last, each is computed once.
  function remember(power) {
    const LONG = 8192, bases = [NaN, NaN], tables = [new Float64Array(LONG), new Float64Array(LONG)];
    let older = 0;
    return (base, t) => {
      if (t >= LONG) return power(base, t);
      let at = base === bases[0] ? 0 : base === bases[1] ? 1 : -1;
      if (at < 0) {
        at = older;
        bases[at] = base;
        tables[at].fill(NaN);
      }
      older = 1 - at;
      const found = tables[at][t];
      return found === found ? found : (tables[at][t] = power(base, t));
    };
  }

  function surface(name, height, slope, start, minimum = null, window = [[-3, 3], [-3, 3]], parameters = {}) {
    const p = Object.values(parameters);
    return {
      name, start, minimum, window, parameters, key: JSON.stringify([name, parameters]),
      height: p.length ? (x, y) => height(x, y, ...p) : height,
      slope: p.length ? (x, y) => slope(x, y, ...p) : slope,
    };
  }

  const rule_by_name = (kinds, name, settings) => new kinds[name](settings);  // a rule takes what it knows

  // Runs. The rules, State, SurfaceWalk and End are generated.

  const begin = (at) => new State(0, at, NaN, 0, 0, NaN, NaN, 0);

  function walk(rule, problem, start, steps, every = 1, sigma = 0, draws = []) {
    let x = begin(start[0]), y = begin(start[1]);
    const t = [], loss = [], theta = [[], []], grad = [[], []], m = [[], []], v = [[], []], m_hat = [[], []], v_hat = [[], []];
    const keep = (s, d) => {
      theta[d].push(s.theta); grad[d].push(s.grad); m[d].push(s.m); v[d].push(s.v); m_hat[d].push(s.m_hat); v_hat[d].push(s.v_hat);
    };
    for (let n = 0; ; n++) {
      if (n % every === 0 || n === steps) {
        t.push(n); loss.push(problem.height(x.theta, y.theta)); keep(x, 0); keep(y, 1);
      }
      if (n === steps) return new SurfaceWalk(t, loss, theta, grad, m, v, m_hat, v_hat);
      const slope = problem.slope(x.theta, y.theta);
      let gx = slope[0], gy = slope[1];
      if (sigma !== 0) {
        gx += sigma * draws[n][0];
        gy += sigma * draws[n][1];
      }
      x = rule.rule(x, gx);
      y = rule.rule(y, gy);
    }
  }

  function final(rule, problem, start, steps) {
    let x = begin(start[0]), y = begin(start[1]);
    for (let n = 0; n < steps; n++) {
      const slope = problem.slope(x.theta, y.theta);
      x = rule.rule(x, slope[0]);
      y = rule.rule(y, slope[1]);
    }
    return new End(x.theta, y.theta, problem.height(x.theta, y.theta));
  }

  // Maps are kept, and made in rows: when the time for one picture is over, the rest is nan until the next one.
  const maps = new Map(), numbered = new Map();
  const clock = { until: Infinity, pending: false };

  function map_of(work, xs, ys, ...rest) {
    if (!numbered.has(work)) numbered.set(work, numbered.size);
    const key = JSON.stringify([numbered.get(work), xs, ys, rest]);
    if (!maps.has(key)) maps.set(key, { rows: ys.map(() => xs.map(() => NaN)), done: 0 });
    const kept = maps.get(key);
    maps.delete(key);
    maps.set(key, kept);
    if (maps.size > 16) maps.delete(maps.keys().next().value);
    const before = kept.done;
    while (kept.done < ys.length && (kept.done === before || performance.now() < clock.until)) {
      kept.rows[kept.done] = xs.map((x) => work(x, ys[kept.done], ...rest));
      kept.done += 1;
    }
    if (kept.done > before) kept.rows = [...kept.rows];  // a new list where something is new
    if (kept.done < ys.length) clock.pending = true;
    return kept.rows;
  }

  return {
    walk, final, map_of, clock, len, list, extend, index, has, any, all, reversed, sorted, enumerate, zip, range, min, max, maximum, minimum, sign, square, mod,
    floordiv, round, number, surface, remember, rule_by_name,
  };
})();
