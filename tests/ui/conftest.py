"""A desk that only notes what is asked of it, and hands that use the panels with a synthetic mouse and keyboard."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imgui_bundle import imgui, implot

from app.audio.features import FEATURES, Features
from app.audio.source import SourceChoice
from app.clock import Frame
from app.control.hub import Hub
from app.farewell import Farewell
from app.modulation.values import Values
from app.params import Param
from app.playlists import Playlists
from app.preset import EffectParams, EffectUse, Preset, Route
from app.render.flash_limiter import FlashMode
from app.render.saving import Saving
from app.stats import Stats
from app.style import Style
from app.training.progress import Job, JobStatus
from app.ui import theme
from app.ui.board import Board
from tests.pretended import PretendedShow

EFFECTS: EffectParams = {
    "bloom": (Param("bloom.amount", 0.5, 0.0, 1.0, "", "Amount"), Param("bloom.soft", 1, 0, 1, "", "Soft", "bool")),
    "kaleido": (
        Param("kaleido.sides", 6, 2, 24, "", "Sides", "long"),
        Param("kaleido.mode", 0, 0, 1_234_567, "", "Mode", "long", (("mirror", 0), ("turn", 1_234_567))),
        Param("kaleido.kick", 0, 0, 1, "", "Kick", "event"),
    ),
    "tint": tuple(Param(f"tint.colour.{c}", 1.0, 0, 1, "", f"Colour {c}", group="colour") for c in "rgba"),
}
LOOKS = ("dawn", "deep_sea", "night_drive")


class FakeSource:
    label = "demo"
    status = "playing"
    latency_seconds = 0.0
    waiting = False
    dropped_blocks = 3


@dataclass
class FakePlayback:
    loop: bool = False
    paused: bool = False
    position_seconds: float = 10.0
    duration_seconds: float = 90.0

    def play(self) -> None:
        self.paused = False

    def pause(self) -> None:
        self.paused = True

    def seek(self, seconds: float) -> None:
        self.position_seconds = seconds


@dataclass
class FakeRecording:
    path: Path = Path("night.mkv")
    seconds: float = 61.5
    frames_written: int = 3000
    duplicated: int = 2
    error: str = ""


@dataclass
class FakeTrainer:
    """Notes orders; `statuses` are put in by the test."""

    statuses: tuple[JobStatus, ...] = ()
    orders: list[tuple[Any, ...]] = field(default_factory=list)

    def free_name(self, name: str) -> str:
        return name

    def submit(self, name: str, text: str, base: Path | None = None) -> Job:
        self.orders.append(("submit", name, text, base))
        job = Job(f"id of {name}", name, text, Path("jobs"), Path("styles"))
        self.statuses = (*self.statuses, JobStatus(job, "waiting"))
        return job

    def update(self, job_id: str, text: str) -> None:
        self.orders.append(("update", job_id, text))

    def pause(self, job_id: str) -> None:
        self.orders.append(("pause", job_id))

    def resume(self, job_id: str) -> None:
        self.orders.append(("resume", job_id))

    def cancel(self, job_id: str) -> None:
        self.orders.append(("cancel", job_id))

    def keep(self, job_id: str) -> None:
        self.orders.append(("keep", job_id))


@dataclass
class FakePreview:
    """Counts how often it is asked."""

    asked: int = 0

    def picture(self, style: Style) -> int:
        self.asked += 1
        return 0


@dataclass
class FakeDesk(PretendedShow):
    """Everything panels read."""

    preset: Preset = field(default_factory=lambda: Preset(name="dawn", style="silk", routes=[], effects=[]))
    effects: EffectParams = field(default_factory=lambda: EFFECTS)
    look_names: Sequence[str] = LOOKS
    flash_mode: FlashMode = "standard"
    flash_acting: float = 0.0
    saving: Saving = "off"
    pixels: str = "25% of them drawn; the rest mirrored, exactly"
    fps: float = 60.0
    scale: float = 0.5
    fade: float = 1.0
    picture_px: tuple[int, int] = (1280, 720)
    backend_name: str = "glsl"
    backend_report: str = "glsl 5 ms, cpu 9 ms"
    backend_detail: str = "float32"
    speed: str = "50 GFLOP/s, 25% of the best"
    renderer: str = "llvmpipe"
    style_on_air: str = "silk"
    style_names: list[str] = field(default_factory=lambda: ["silk", "moss", "iron_rain"])
    images: dict[str, tuple[str, ...]] = field(default_factory=dict)
    importer: Any = None
    recording: FakeRecording | None = None
    playback: FakePlayback | None = field(default_factory=FakePlayback)
    thumbnails: None = None
    keepsakes: None = None
    search: Any = None
    trainer: Any = field(default_factory=FakeTrainer)
    preview: FakePreview | None = field(default_factory=FakePreview)
    style_moods: dict[str, str] = field(default_factory=lambda: {"silk": "calm", "moss": "", "iron_rain": "storm"})
    source_choice: SourceChoice = field(default_factory=SourceChoice)
    control: Hub = field(default_factory=Hub)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.source: Any = FakeSource()
        self.stats = Stats(self.fps)
        self.at_stake: list[str] = []
        self.farewell = Farewell(self, lambda: self.calls.append(("quit",)))  # type: ignore[arg-type]
        self.farewell.at_stake = lambda: self.at_stake  # type: ignore[method-assign]
        self.playlists = Playlists(self.looks, self.problems, lambda: self.calls.append(("kept",)))
        self.features = Features(level_dbfs=-12.0, tempo_bpm=120.0, beats=5, spectrum=np.ones(64, np.float32))
        self.values = Values({}, (0.5,) * len(FEATURES), 0.0)

    def step(self) -> None:
        seconds = self.frame.seconds + 1 / 60
        self.frame = Frame(self.frame.index + 1, seconds, 1 / 60)
        self.stats.step(1 / 60, 1 / 60, self.scale, 0.02)
        self.tempo.step(self.features, self.frame)
        self.values = Values({name: p.default for name, p in self.targets.items()}, (0.5,) * len(FEATURES), seconds)

    def effect_images(self, effect: str) -> tuple[str, ...]:
        return self.images.get(effect, ())

    def choose_source(self, choice: SourceChoice) -> None:
        self.source_choice = choice
        self.calls.append(("choose_source", choice))

    def choose_gain(self, gain_db: float) -> None:
        self.calls.append(("choose_gain", gain_db))

    def look_again(self, look: Preset) -> None:
        self.calls.append(("look_again", look.name))

    def save_look(self, name: str) -> None:
        self.calls.append(("save_look", name))

    def choose_picture(self, size_px: tuple[int, int]) -> None:
        self.calls.append(("choose_picture", size_px))

    def choose_fps(self, fps: float) -> None:
        self.calls.append(("choose_fps", fps))


def edited_preset() -> Preset:
    """A preset with something in every part."""
    return Preset(
        name="dawn",
        style="silk",
        params={"zoom": 2.0},
        routes=[Route(source="bass", param="zoom"), Route(source="treble", param="bloom.amount")],
        effects=[EffectUse(effect="bloom"), EffectUse(effect="kaleido"), EffectUse(effect="tint")],
    )


@dataclass(frozen=True)
class Item:
    window: str
    label: str
    x: float
    y: float
    width: float


WATCHED = (
    "button", "invisible_button", "slider_float", "checkbox", "selectable", "begin_combo", "begin_menu",
    "menu_item_simple", "input_text", "input_text_with_hint", "input_float", "color_edit4",
)  # fmt: skip


class Hands:
    """Sees every control of the last frame by window and label, and clicks, drags and types like a person."""

    def __init__(self, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = desk
        self.board = Board()
        self.items: list[Item] = []
        self.io = imgui.get_io()
        for name in WATCHED:
            monkeypatch.setattr(imgui, name, self._watched(getattr(imgui, name)))
        self.frames(8)

    def _watched(self, draw: Callable[..., Any]) -> Callable[..., Any]:
        def watched(label: str, *rest: Any) -> Any:
            window = imgui.internal.get_current_window().name
            answer = draw(label, *rest)
            if draw.__name__ not in ("begin_combo", "begin_menu") or not answer:  # else the popup is the last item
                low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
                self.items.append(Item(window, label, (low.x + high.x) / 2, (low.y + high.y) / 2, high.x - low.x))
            return answer

        return watched

    def frames(self, count: int = 1) -> None:
        for _ in range(count):
            self.items.clear()
            self.desk.step()
            imgui.new_frame()
            self.board.draw(self.desk)
            imgui.render()

    def find(self, window: str, label: str, nth: int = 0) -> Item:
        """Return a control by the beginning of its window's name and what its label contains."""
        found = [item for item in self.items if item.window.startswith(window) and label in item.label]
        assert len(found) > nth, f"no '{label}' in {window}: {[(i.window, i.label) for i in self.items]}"
        return found[nth]

    def reach(self, window: str, label: str, nth: int = 0) -> Item:
        """Find a control, scrolled into view with the wheel if it lies below the window's edge."""
        item = self.find(window, label, nth)
        for _ in range(20):
            if item.y < self.io.display_size.y - 40:  # below that lies the strip
                break
            self.point(item.x, self.io.display_size.y - 40)
            self.io.add_mouse_wheel_event(0.0, -1.0)
            self.frames(3)
            item = self.find(window, label, nth)
        return item

    def show(self, title: str) -> None:
        imgui.set_window_focus(title)
        self.frames(2)

    def point(self, x: float, y: float) -> None:
        self.io.add_mouse_pos_event(x, y)
        self.frames(2)

    def press(self, button: int = 0) -> None:
        self.io.add_mouse_button_event(button, True)
        self.frames()

    def let_go(self, button: int = 0) -> None:
        self.io.add_mouse_button_event(button, False)
        self.frames(2)

    def click(self, window: str, label: str, nth: int = 0, button: int = 0) -> None:
        item = self.reach(window, label, nth)
        self.point(item.x, item.y)
        self.press(button)
        self.let_go(button)

    def drag(self, window: str, label: str, nth: int, share: float) -> None:
        """Drag a slider from where it is to `share` of its width."""
        item = self.reach(window, label, nth)
        self.point(item.x, item.y)
        self.press()
        self.point(item.x - item.width / 2 + item.width * share, item.y)
        self.let_go()

    def key(self, key: Any, *modifiers: Any) -> None:
        for part in (*modifiers, key):
            self.io.add_key_event(part, True)
        self.frames()
        for part in (key, *reversed(modifiers)):
            self.io.add_key_event(part, False)
        self.frames(2)

    def chord(self, chord: int) -> None:
        held = [mod for mod in (imgui.Key.mod_ctrl, imgui.Key.mod_shift, imgui.Key.mod_alt) if chord & int(mod)]
        self.key(imgui.Key(chord & ~int(imgui.Key.mod_mask_)), *held)

    def type(self, text: str) -> None:
        self.io.add_input_characters_utf8(text)
        self.frames(2)

    def last_call(self) -> tuple[Any, ...]:
        assert self.desk.calls, "nothing was asked of the desk"
        return self.desk.calls[-1]


@pytest.fixture
def imgui_frame() -> Iterator[Any]:
    """An ImGui context of 1280 × 720 without a window."""
    context = imgui.create_context()
    plots = implot.create_context()
    io = imgui.get_io()
    io.display_size = imgui.ImVec2(1280, 720)
    io.delta_time = 1 / 60
    io.backend_flags |= imgui.BackendFlags_.renderer_has_textures
    io.config_flags |= imgui.ConfigFlags_.docking_enable
    io.set_ini_filename(None)
    theme.apply(1.0)
    yield io
    implot.destroy_context(plots)
    imgui.destroy_context(context)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk(preset=edited_preset())


@pytest.fixture
def hands(imgui_frame: Any, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    monkeypatch.setattr("app.audio.devices.list_devices", list)
    hands = Hands(desk, monkeypatch)
    yield hands
    assert [problem.text for problem in desk.problems if problem.text.startswith(("panel", "key"))] == []
