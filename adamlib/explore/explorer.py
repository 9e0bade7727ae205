"""Sliders above a picture that answers as fast as the kernel can talk."""

import asyncio
import html
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
from traitlets import Unicode

from adamlib import style, validate
from adamlib.explore.control import Control, among, as_python, value_text
from adamlib.explore.renderer import Renderer, jpeg
from adamlib.explore.scene import View
from adamlib.plots.picture import Picture, still, typeset

FRAMES_KEPT = 32 * 2**20  # bytes
PAUSE = 0.1  # seconds without a move before the neighbours are made ready: longer than between two moves of a drag
NAMED = {"description_width": "9em"}
BREATH = 0.01  # seconds between two of them, in which the kernel can take up a message


class AccessibleImage(widgets.Image):  # type: ignore[misc]
    """An image whose `tooltip` is its text for those who cannot see it: the front end asks for a description first."""

    description = Unicode("").tag(sync=True)


class Explorer(widgets.VBox):  # type: ignore[misc]
    """Controls above a picture with one sentence under it.

    view : what stays and what moves, see `adamlib.explore.scene.View`
    start : for some of its controls another value to start at, one of theirs

    In a kernel it is live; everywhere else it shows its first picture. A click into the panel of `drag` sets two controls,
    where ipyevents is installed. Raises ValueError or TypeError for a start that is none of a control's values.

    A view of your own, in one cell:

        def scene():
            return Scene([Panel("wave", xlim=(0, 6.3), ylim=(-1, 1))], {"k": [1, 2, 3]})

        def update(k):
            xs = np.linspace(0, 6.3, 200)
            return [Line("wave", xs, np.sin(k * xs))], f"A wave with {k} crests."

        Explorer(View(scene, update))
    """

    def __init__(self, view: View, **start: Any):
        validate.instance("view", view, View, "a View")
        self.stage = Renderer(view)
        self.question = self.stage.scene.question
        self.controls = controls_starting_at(self.stage.scene.controls, start)
        self._ready: OrderedDict[tuple[Any, ...], tuple[bytes, str]] = OrderedDict()
        self._bytes = 0
        self._idle: asyncio.TimerHandle | None = None
        self._inputs = {name: _input(name, control) for name, control in self.controls.items()}
        self._picture = AccessibleImage(format="jpeg", layout=widgets.Layout(width=f"{style.WIDTH}px", max_width="100%"))
        self._sentence, self._error = widgets.HTML(), widgets.HTML()
        above = [widgets.HTML(f"<b>{html.escape(self.question)}</b>")] if self.question else []
        reset = widgets.Button(description="Reset", tooltip="Back to the first setting", layout=widgets.Layout(width="5em"))
        reset.on_click(lambda _: self.reset())
        click = self.stage.scene.drag[1:]
        hint = [widgets.HTML(f"<small>{self._hint(click)}</small>")] if click and self._listen(click) else []
        super().__init__([*above, *self._rows(), reset, self._error, self._picture, self._sentence, *hint])
        for name, widget in self._inputs.items():
            widget.observe(lambda change, name=name: self._moved(name), names="value")
        self._show(self.frame_with_sentence(**self.values))
        self._prepare_later(next(iter(self.controls)))

    @property
    def values(self) -> dict[str, Any]:
        """The present value of every control, by name."""
        return {name: widget.value for name, widget in self._inputs.items()}

    def frame(self, **values: Any) -> bytes:
        """The PNG of one setting, without a browser. Controls left out stand at their start. Raises what the view raises."""
        return self.picture(**values).png

    def picture(self, **values: Any) -> Picture:
        """The still picture of one setting: PNG and sentence."""
        return still(*self.stage.draw(**self._complete(values)))

    def reset(self) -> None:
        """Every control back to its start."""
        for name, control in self.controls.items():
            self._inputs[name].value = control.start

    def frame_with_sentence(self, **values: Any) -> tuple[bytes, str]:
        """The JPEG of one setting and its sentence, from those kept ready where it is among them."""
        key = tuple(self._complete(values).values())
        if key in self._ready:
            self._ready.move_to_end(key)
        else:
            pixels, sentence = self.stage.draw(**self._complete(values))
            self._ready[key] = jpeg(pixels), sentence
            self._bytes += len(self._ready[key][0])
            while self._bytes > FRAMES_KEPT:
                _, (oldest, _) = self._ready.popitem(last=False)
                self._bytes -= len(oldest)
        return self._ready[key]

    def _complete(self, values: dict[str, Any]) -> dict[str, Any]:
        check_positions(values, self.controls)
        return {name: values.get(name, control.start) for name, control in self.controls.items()}

    def _moved(self, name: str) -> None:
        try:
            self._show(self.frame_with_sentence(**self.values))
        except Exception as error:
            self._error.value = f'<p role="alert">{html.escape(f"{type(error).__name__}: {error}")}</p>'
        self._prepare_later(name)

    def _show(self, frame: tuple[bytes, str]) -> None:
        picture, sentence = frame
        with self._picture.hold_sync():  # one message
            self._picture.value, self._picture.tooltip = picture, typeset(sentence)
        self._sentence.value = f'<p role="status">{html.escape(typeset(sentence))}</p>'
        self._error.value = ""

    def _prepare_later(self, name: str) -> None:
        """Draw the neighbours of the present setting as soon as the kernel has nothing else to do."""
        if self._idle is not None:
            self._idle.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._idle = loop.call_later(PAUSE, self._prepare, loop, list(self._neighbours(name)))

    def _prepare(self, loop: asyncio.AbstractEventLoop, settings: list[dict[str, Any]]) -> None:
        if settings:
            try:
                self.frame_with_sentence(**settings[0])
            except Exception:  # the error is shown when the reader moves there
                settings = []
            self._idle = loop.call_later(BREATH, self._prepare, loop, settings[1:])

    def _neighbours(self, name: str) -> Iterator[dict[str, Any]]:
        """Settings a move or a few away: first along the control moved last."""
        for other in sorted(self.controls, key=lambda n: n != name):
            allowed = self.controls[other].values
            here = allowed.index(self.values[other])
            for step in (1, -1, 2, -2, 3, -3):
                if 0 <= here + step < len(allowed):
                    yield {**self.values, other: allowed[here + step]}

    def _rows(self) -> list[widgets.Widget]:
        rows = []
        for name, control in self.controls.items():
            row = self._inputs[name]
            if control.play:
                ends = {"min": 0, "max": len(control.values) - 1}
                said_of = f"Play {control.label or name}"
                play = widgets.Play(value=row.index, **ends, interval=100, show_repeat=False, tooltip=said_of)
                widgets.jslink((play, "value"), (row, "index"))
                row = widgets.HBox([row, play])
            rows.append(row)
        return rows

    def _hint(self, click: tuple[str, ...]) -> str:
        """What a click does."""
        labels = [self.controls[name].label or name for name in click]
        return f"A click into the picture sets {html.escape(' and '.join(labels))}."

    def _listen(self, click: tuple[str, ...]) -> bool:
        """Take up clicks; whether that can be done here."""
        try:
            from ipyevents import Event
        except ImportError:
            return False
        event = Event(source=self._picture, watched_events=["click"])
        event.on_dom_event(lambda happening: self._clicked(click, happening))
        return True

    def _clicked(self, names: tuple[str, ...], event: dict[str, Any]) -> None:
        axes = self.stage.axes
        width, height = axes.figure.bbox.size
        at = (
            width * event["relativeX"] / event["boundingRectWidth"],
            height * (1 - event["relativeY"] / event["boundingRectHeight"]),
        )
        if not axes.bbox.contains(*at):
            return
        for name, coordinate in zip(names, axes.transData.inverted().transform(at)):
            self._inputs[name].value = min(self.controls[name].values, key=lambda value: abs(value - coordinate))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = self.picture(**self.values)._repr_mimebundle_()
        live = super()._repr_mimebundle_(**kwargs)
        return {**(live or {}), **data}, metadata

    def __repr__(self) -> str:
        return self.frame_with_sentence(**self.values)[1]


def check_positions(values: dict[str, Any], controls: dict[str, Control]) -> None:
    """Refuse what names no control, or none of its values."""
    for name, value in values.items():
        if name not in controls:
            raise ValueError(f"{name} is not allowed: controls are {', '.join(controls)}")
        if not among(as_python(value), controls[name].values):
            validate.refuse(ValueError, name, value, f"one of {controls[name].values}")


def controls_starting_at(controls: dict[str, Control], start: dict[str, Any]) -> dict[str, Control]:
    """The controls of a ready-made explorer, some of them with another start: one of their values."""
    check_positions(start, controls)
    return {name: replace(control, start=start[name]) if name in start else control for name, control in controls.items()}


def _input(name: str, control: Control) -> widgets.Widget:
    label = control.label or name
    if all(isinstance(value, bool) for value in control.values):
        return widgets.Checkbox(value=control.start, description=label, indent=False, tooltip=label)
    options = [(typeset(value_text(value)), value) for value in control.values]
    wide: dict[str, Any] = {"layout": widgets.Layout(width="36em", max_width="100%"), "tooltip": label}
    if isinstance(control.values[0], str):
        return widgets.Dropdown(options=options, value=control.start, description=label, style=NAMED, **wide)
    seen = {**NAMED, "handle_color": style.BLUE}
    return widgets.SelectionSlider(options=options, value=control.start, description=label, style=seen, **wide)
