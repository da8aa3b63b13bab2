"""The list of sound sources: demo, files opened before, the default input, every input and monitor by name.

Main thread. Asking the system for its devices can take long, with a hung sound server for ever: a sound errand does it
when the list is opened, never each frame.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from imgui_bundle import imgui

from app.audio.errand import Errand
from app.audio.source import SourceChoice
from app.problems import shown
from app.ui import theme, widgets
from app.ui.desk import Desk

DEMO = "Demo track"
DEFAULT = "Default input"
RECENT = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list."""

    text: str
    kind: Literal["demo", "device", "file"]
    device: str = ""
    file: Path | None = None
    channels: int = 0


@dataclass
class SourceList:
    """What could be listened to, as far as was last looked."""

    devices: list[Entry] = field(default_factory=list)
    recent: list[Path] = field(default_factory=list)
    _look: Errand[list[Entry]] = field(default_factory=lambda: Errand(lambda _: None))

    def draw(self, desk: Desk) -> None:
        """Draw the picker with its refresh button; choosing a line changes the source."""
        choice = desk.source_choice
        self._remember(choice)
        found = self._look.take()
        self.devices = self.devices if found is None else found
        imgui.set_next_item_width(-(imgui.get_frame_height() + imgui.get_style().item_spacing.x))
        opened = imgui.begin_combo("##source", title_of(choice), imgui.ComboFlags_.height_large)
        imgui.set_item_tooltip(desk.source.label)
        if opened:
            if imgui.is_window_appearing():
                self.refresh()
            for i, entry in enumerate(self.entries):
                if imgui.selectable(f"{entry.text}##{i}", is_on(entry, choice))[0]:
                    desk.choose_source(choice_of(entry, choice))
            imgui.end_combo()
        imgui.same_line()
        if widgets.icon_button(theme.REFRESH, "refresh", "look for devices again"):
            self.refresh()

    @property
    def entries(self) -> list[Entry]:
        """Everything in the list, in order."""
        files = [Entry(shown(file.name), "file", file=file) for file in self.recent]
        return [Entry(DEMO, "demo"), Entry(DEFAULT, "device"), *self.devices, *files]

    def refresh(self) -> None:
        """Ask the system for its devices; the answer is in the list a few pictures later."""
        if not self._look.running:
            self._look.start(_listed)

    def channels_of(self, device: str) -> int:
        """Return how many channels a device has, 0 if it is not known."""
        return next((entry.channels for entry in self.devices if entry.device == device), 0)

    def _remember(self, choice: SourceChoice) -> None:
        if choice.kind == "file" and choice.file is not None and choice.file not in self.recent:
            self.recent = [choice.file, *self.recent][:RECENT]


def _listed() -> list[Entry]:
    from app.audio.devices import list_devices

    return [
        Entry(_device_text(device.name, device.kind, device.default), "device", device.name, channels=device.channels)
        for device in list_devices()
        if device.kind != "output"
    ]


def _device_text(name: str, kind: str, default: bool) -> str:
    note = "what this computer plays" if kind == "monitor" else ""
    return name + (f"  ({note})" if note else "") + ("  *" if default else "")


def title_of(choice: SourceChoice) -> str:
    """Return what the closed list shows."""
    if choice.kind == "file" and choice.file is not None:
        return shown(choice.file.name)
    return choice.device or DEFAULT if choice.kind == "device" else DEMO


def is_on(entry: Entry, choice: SourceChoice) -> bool:
    """Return whether a line stands for what is listened to."""
    named = {"demo": True, "device": entry.device == choice.device, "file": entry.file == choice.file}
    return entry.kind == choice.kind and named[entry.kind]


def choice_of(entry: Entry, before: SourceChoice) -> SourceChoice:
    """Return the choice a line stands for; loop, gain and the like stay as they were."""
    return replace(before, kind=entry.kind, device=entry.device, whole=bool(entry.device), file=entry.file, channels=())
