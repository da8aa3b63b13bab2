"""Bindings: which knob, pad, OSC address or key moves what. One list for all, kept as YAML in the user's folder.

Main thread. A binding of a controller that is not there stays in the list as it is.
"""

from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from app import files, yaml_lines
from app.control import actions, origin
from app.problems import nearest
from app.yaml_lines import Document

Mode = Literal["absolute", "toggle", "momentary", "relative", "relative_offset", "relative_sign"]
MODES: tuple[Mode, ...] = get_args(Mode)
RELATIVE = MODES[3:]
"""Of endless knobs (see `encoders`)."""
MOST = 256


class Binding(BaseModel):
    """One line of the list. All numbers are shares 0..1: of the knob's way (`threshold`) or of the target's range.

    `source` is the name of a control (see `origin`), `target` that of an action.
    absolute: the value follows, a switch is on above the threshold. toggle: each press past the threshold flips
    (a value goes to `max` and back to `min`). momentary: on, or at `max`, while held. Triggers heed presses only.
    A key has no way between up and down: absolute means momentary for it.
    relative …: an endless knob moves the value from where it is, between `min` and `max`; a switch is on to the right
    and off to the left, a trigger heeds steps to the right.
    `takeover`: a knob moves a value only once it has come to where the value is.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)

    source: str = Field(max_length=origin.LONGEST)
    target: str = Field(max_length=200)
    min: float = Field(0.0, ge=0, le=1)
    max: float = Field(1.0, ge=0, le=1)
    invert: bool = False
    mode: Mode = "absolute"
    threshold: float = Field(0.5, gt=0, le=1)
    takeover: bool = True

    @field_validator("source")
    @classmethod
    def _check_source(cls, source: str) -> str:
        if trouble := origin.trouble(source):
            raise ValueError(trouble)
        return source

    @field_validator("target")
    @classmethod
    def _check_target(cls, target: str) -> str:
        if not actions.known(target):
            raise ValueError(f"unknown action '{target}'{nearest(target, actions.ACTIONS)}")
        return target

    @model_validator(mode="after")
    def _check_mode(self) -> "Binding":
        if self.mode not in modes_of(self.source):
            raise ValueError(
                f"mode '{self.mode}' is not for {self.source}; it can be {', '.join(modes_of(self.source))}"
            )
        return self

    @property
    def device(self) -> str:
        """Name of the MIDI device, "" for OSC and keys."""
        return origin.device_of(self.source)


def modes_of(source: str) -> tuple[Mode, ...]:
    """Return the modes that a control can be bound in: only knobs turn without end."""
    return MODES if origin.kind_of(source) == "cc" else MODES[:3]


def load(path: Path) -> list[Binding]:
    """Read and check the list, empty where there is no file; `UserError` names file, line and place."""
    if not path.is_file():
        return []
    document = yaml_lines.read(path)
    data = document.data if document.data is not None else {}
    if not isinstance(data, dict) or set(data) - {"bindings"} or not isinstance(data.get("bindings", []), list):
        raise document.error((), "expected one list named 'bindings'")
    items = data.get("bindings", [])
    if len(items) > MOST:
        raise document.error(("bindings",), f"{len(items)} bindings; {MOST} are the most")
    found = [_checked(document, i, item) for i, item in enumerate(items)]
    return list({(binding.source, binding.target): binding for binding in found}.values())


def _checked(document: Document, i: int, item: Any) -> Binding:
    try:
        return Binding.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        place = ("bindings", i, *first["loc"])
        if first["type"] == "extra_forbidden":
            key = str(first["loc"][-1])
            raise document.error(place, f"unknown key '{key}'{nearest(key, Binding.model_fields)}") from None
        raise document.error(place, first["msg"].removeprefix("Value error, ")) from None


def save(path: Path, bindings: list[Binding]) -> None:
    """Write the list so that a crash leaves the old file or the new one; `UserError` when it cannot be written."""
    rows = [binding.model_dump(exclude_defaults=True) for binding in bindings]
    files.replace(path, yaml.safe_dump({"bindings": rows}, sort_keys=False, width=100, allow_unicode=True).encode())
