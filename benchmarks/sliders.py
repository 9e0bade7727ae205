"""How fast a slider moves its picture: ours beside `interact`, ipympl with blitting, and the bare round trip.

Each kind draws the same picture, Adam's path over Rosenbrock's contour, with a bar along its foot whose length is
the slider's position. Chromium presses an arrow key, or drags, and looks at the bar in every frame it paints. The bare
round trip moves a line of text, no picture. All four run in one JupyterLab, in turns, several rounds.

    make bench-sliders

writes results/sliders.md.
"""

import argparse
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.lessons import notebook_of
from benchmarks.report import markdown_table
from benchmarks.speed import RESULTS, machine, versions
from tests.helpers.browsing import launch_chromium, run_all, serve_lab

POSITIONS = 21

PRELUDE = """
import numpy as np
import adamlib as al
rates = np.geomspace(0.01, 0.5, 21).tolist()
surface = al.rosenbrock()
def path(i):
    return al.run(al.Adam(lr=rates[i]), surface, steps=100).theta
x, y = np.meshgrid(np.linspace(-2, 2, 120), np.linspace(-1, 3, 120))
height = np.log10(surface.loss(np.stack([x, y], -1)) + 1e-3)
def still(figure):
    ax = figure.subplots()
    ax.contour(x, y, height, 15)
    ax.set(xlim=(-2, 2), ylim=(-1, 3))
    (line,) = ax.plot([], [], "o-", color="red", markersize=2)
    from matplotlib.patches import Rectangle
    bar = Rectangle((0, 0), 0, 0.05, transform=figure.transFigure, figure=figure, color="black", linewidth=0)
    figure.add_artist(bar)
    return line, bar
"""

SLIDERS = {
    "bare round trip": """
import ipywidgets as w
slider = w.SelectionSlider(options=list(range(21)), description="position")
text = w.HTML("<span class='bare'>0</span>")
def move(change):
    text.value = f"<span class='bare'>{change.new}</span>"
slider.observe(move, "value")
w.VBox([slider, text])
""",
    "adamlib": PRELUDE
    + """
from adamlib.explore import Explorer
from adamlib.explore.scene import Bar, Line, Panel, Relief, Scene, View
def scene():
    panels = [Panel("valley", (-2, 2), (-1, 3), height=380), Panel("foot", (0, 21), (0, 1), height=20, row=1, bare=True)]
    return Scene(panels, {"position": range(21)}, [Relief("valley", surface)])
def update(position):
    line = Line("valley", *path(position).T, "Adam", dots=4)
    return [line, Bar("foot", 0, 0, position, 1)], f"position {position}"
Explorer(View(scene, update))
""",
    "ipympl with blit": PRELUDE
    + """
%matplotlib widget
import ipywidgets as w
import matplotlib.pyplot as plt
with plt.ioff():
    figure = plt.figure(figsize=(7, 4), dpi=200)
line, bar = still(figure)
slider = w.SelectionSlider(options=list(range(21)), description="position")
figure.canvas.syncing_data_url = False  # ipympl 0.10 sends a first picture that browsers refuse
display(w.VBox([slider, figure.canvas]))
# next cell
line.set_animated(True)
bar.set_animated(True)
figure.canvas.draw()
background = figure.canvas.copy_from_bbox(figure.bbox)
def show(position):
    line.set_data(*path(position).T)
    bar.set_width(position / 21)
    figure.canvas.restore_region(background)
    figure.draw_artist(line)
    figure.draw_artist(bar)
    figure.canvas.blit(figure.bbox)
slider.observe(lambda change: show(change.new), "value")
show(0)
""",
    "interact": PRELUDE
    + """
%matplotlib inline
%config InlineBackend.print_figure_kwargs = {"bbox_inches": None}
import ipywidgets as w
import matplotlib.pyplot as plt
@w.interact(position=w.SelectionSlider(options=list(range(21)), description="position"))
def show(position):
    figure = plt.figure(figsize=(7, 4), dpi=200)
    line, bar = still(figure)
    line.set_data(*path(position).T)
    bar.set_width(position / 21)
    plt.show()
""",
}

WATCH = """
() => {
  const canvas = document.createElement('canvas'); canvas.width = 21; canvas.height = 1;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  window.shown = () => {
    const bare = document.querySelector('.bare');
    if (bare) return +bare.textContent;
    const drawn = [...document.querySelectorAll('.jp-OutputArea img, .jp-OutputArea canvas')].filter(e => e.offsetWidth > 300)[0];
    if (!drawn || drawn.complete === false) return -1;
    if (window.dragging && drawn.src) return drawn.src;
    if (drawn.src && drawn.src === window.read?.src) return window.read.position;
    const [w, h] = [drawn.naturalWidth || drawn.width, drawn.naturalHeight || drawn.height];
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, 21, 1);
    context.drawImage(drawn, 0, Math.floor(h * 0.98), w, 1, 0, 0, 21, 1);
    const pixels = context.getImageData(0, 0, 21, 1).data;
    const dark = [...Array(21).keys()].filter((k) => pixels[4 * k] < 128).length, position = pixels[3] < 128 ? -1 : dark;
    window.read = {src: drawn.src, position};
    return position;
  };
  window.seen = []; window.pressed = null;
  const look = () => {
    const now = performance.now(), position = window.shown(), last = window.seen.at(-1);
    if (position !== -1 && (!last || last[1] !== position)) window.seen.push([now, position]);
    requestAnimationFrame(look);
  };
  document.addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
  requestAnimationFrame(look);
}
"""


class Drag(NamedTuple):
    """Frames painted in a second, and the processor's seconds for each, of the browser and of JupyterLab with its kernels."""

    frames: float
    browser: float
    jupyter: float


def presses(page: Page, count: int) -> list[float]:
    """Milliseconds from each key press to the first painted frame that shows the new position."""
    page.focus(".noUi-handle")
    page.keyboard.press("Home")
    page.wait_for_function("() => window.shown() === 0")
    page.wait_for_timeout(600)
    times = []
    for k in range(count):
        wanted = k + 1 if k < POSITIONS - 1 else 2 * POSITIONS - 3 - k
        page.evaluate("() => { window.seen.length = 0; }")
        page.keyboard.press("ArrowRight" if k < POSITIONS - 1 else "ArrowLeft")
        page.wait_for_function(f"() => window.seen.some(s => s[1] === {wanted})", timeout=15000)
        times.append(page.evaluate(f"() => window.seen.find(s => s[1] === {wanted})[0] - window.pressed"))
        page.wait_for_timeout(120)
    return times


def processor_seconds() -> dict[str, float]:
    """What the browser and Jupyter, which are started from here, have computed so far."""
    used = {"browser": 0.0, "Jupyter": 0.0}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            times, command = process.cpu_times(), " ".join(process.cmdline())
            used["Jupyter" if "jupyter" in command or "ipykernel" in command else "browser"] += times.user + times.system
    return used


def drag(page: Page, seconds: float = 2.0) -> Drag:
    """Drag the handle back and forth, and count the different positions that are painted.

    A new image is known by its address: to read its pixels would decode it once more, which takes as long as to draw it.
    """
    box = page.locator(".noUi-connects").bounding_box()
    handle = page.locator(".noUi-handle").bounding_box()
    y = handle["y"] + handle["height"] / 2
    page.mouse.move(handle["x"] + handle["width"] / 2, y)
    page.mouse.down()
    before = processor_seconds()
    page.evaluate("() => { window.dragging = true; window.seen.length = 0; }")
    begin = time.perf_counter()
    while (now := time.perf_counter() - begin) < seconds:
        phase = abs((now * 0.8) % 2 - 1)
        page.mouse.move(box["x"] + box["width"] * phase, y)
        page.wait_for_timeout(8)
    page.mouse.up()
    frames, after = page.evaluate("() => { window.dragging = false; return window.seen.length; }"), processor_seconds()
    return Drag(frames / seconds, *((after[who] - before[who]) / max(1, frames) for who in ("browser", "Jupyter")))


def time_slider(page: Page, address: str) -> tuple[list[float], Drag]:
    """Open a notebook, run it, press and drag: the milliseconds of every press, and the drag."""
    page.goto(f"{address}?reset")
    run_all(page)
    page.wait_for_selector(".noUi-handle", timeout=60000)
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    page.focus(".noUi-handle")
    page.keyboard.press("ArrowRight")
    return presses(page, 2 * POSITIONS - 2), drag(page)


def timed_sliders(rounds: int) -> tuple[dict[str, list[float]], dict[str, list[Drag]]]:
    """By kind: the milliseconds of all presses, and the drags. The kinds take turns."""
    times: dict[str, list[float]] = {kind: [] for kind in SLIDERS}
    drags: dict[str, list[Drag]] = {kind: [] for kind in SLIDERS}
    with tempfile.TemporaryDirectory() as folder, serve_lab(Path(folder)) as address, sync_playwright() as playwright:
        for kind, code in SLIDERS.items():
            made = notebook_of(*map(str.strip, code.split("# next cell")))
            nbformat.write(made, Path(folder) / f"{kind.replace(' ', '_')}.ipynb")
        with launch_chromium(playwright) as browser:
            for _ in range(rounds):
                for kind in SLIDERS:
                    page = browser.new_page(viewport={"width": 1300, "height": 900})
                    milliseconds, dragged = time_slider(page, f"{address}/doc/tree/{kind.replace(' ', '_')}.ipynb")
                    page.close()
                    times[kind] += milliseconds
                    drags[kind].append(dragged)
    return times, drags


def page_of_sliders(times: dict[str, list[float]], drags: dict[str, list[Drag]]) -> str:
    """The table in Markdown."""
    bare, rows = statistics.median(times["bare round trip"]), []
    middle = {kind: Drag(*map(statistics.median, zip(*each))) for kind, each in drags.items()}
    for kind, each in times.items():
        median, late = statistics.median(each), statistics.quantiles(each, n=10)[-1]
        frames, browser, jupyter = middle[kind]
        ours = [f"{median:.0f} ms", f"{late:.0f} ms", f"{median / bare:.2f}"]
        rows.append([kind, *ours, f"{frames:.0f}", f"{1e3 * browser:.0f} ms", f"{1e3 * jupyter:.0f} ms"])
    pace = statistics.median(times["adamlib"]) / bare
    drawn, moved = middle["adamlib"].frames, middle["bare round trip"].frames
    goals = [
        ["from a key press to pixels", "at most the bare round trip", f"{pace:.2f} times", "yes" if pace <= 1 else "no"],
        ["a drag", "as many frames as the bare round trip", f"{drawn:.0f} of {moved:.0f}", "yes" if drawn >= moved else "no"],
    ]
    head = ["kind", "key press to pixels, median", "nine of ten within", "times the bare round trip", "frames a second in a drag"]
    head += ["processor for a frame, browser", "kernel and server"]
    packages = ", ".join(map(" ".join, versions("jupyterlab", "ipywidgets", "ipympl", "matplotlib").items()))
    return f"""# A slider in JupyterLab

{machine()["processor"]}, {machine()["cores"]} cores; {packages}. Made by `make bench-sliders`, in Chromium.
Each kind draws Adam's path over Rosenbrock's contour, but for the bare round trip, which moves a line of text.
They took turns, {len(drags["adamlib"])} times each; other work on the machine slows all of them, and most
those for which the browser computes most.

{markdown_table(["adamlib", "goal", "measured", "met"], goals)}
{markdown_table(head, rows)}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each kind is measured (3)")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where sliders.md goes (benchmarks/results)")
    options = parser.parse_args()
    text = page_of_sliders(*timed_sliders(options.rounds))
    (options.folder / "sliders.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
