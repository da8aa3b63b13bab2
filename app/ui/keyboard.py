"""The keyboard as ImGui sees it: codes for the names of keys, and which chord was pressed. Main thread, in a frame."""

import functools

from imgui_bundle import imgui

from app.control import key_names

_SPECIAL = {
    "-": "minus", "=": "equal", "[": "left_bracket", "]": "right_bracket", "\\": "backslash", ";": "semicolon",
    "'": "apostrophe", ",": "comma", ".": "period", "/": "slash", "`": "grave_accent",
    "Left": "left_arrow", "Right": "right_arrow", "Up": "up_arrow", "Down": "down_arrow", "Print": "print_screen",
    "Num +": "keypad_add", "Num -": "keypad_subtract", "Num *": "keypad_multiply", "Num /": "keypad_divide",
    "Num .": "keypad_decimal", "Num =": "keypad_equal", "Num Enter": "keypad_enter",
}  # fmt: skip
_MODIFIERS = {"Ctrl": imgui.Key.mod_ctrl, "Shift": imgui.Key.mod_shift, "Alt": imgui.Key.mod_alt}


def _code(name: str) -> imgui.Key:
    """Return ImGui's code of a key."""
    if name in _SPECIAL:
        return getattr(imgui.Key, _SPECIAL[name])  # type: ignore[no-any-return]
    if name in key_names.DIGITS:
        return getattr(imgui.Key, f"_{name}")  # type: ignore[no-any-return]
    plain = name.replace("Num ", "keypad").replace("Oem ", "oem").replace(" ", "_").lower()
    return getattr(imgui.Key, plain)  # type: ignore[no-any-return]


CODES: dict[str, imgui.Key] = {name: _code(name) for name in key_names.KEYS} | {"Esc": imgui.Key.escape}
NAMES: dict[int, str] = {int(code): name for name, code in CODES.items()}


_UNUSED = imgui.Key.app_back
"""A key that no window tells of and nothing is bound to."""


def fence() -> None:
    """Let ImGui take what is pressed from now on in a later frame than what was pressed until now.

    It knows modifiers by the frame: a Ctrl let go in the frame of its letter would be no Ctrl. A key that changes
    twice is where it ends what it takes in one frame.
    """
    for down in (True, False):
        imgui.get_io().add_key_event(_UNUSED, down)


def chord_of(name: str) -> int:
    """Return ImGui's number of a chord; 0, which is never pressed, for one that there is not."""
    key, held = key_names.parts(name)
    return int(CODES[key]) | sum(int(_MODIFIERS[modifier]) for modifier in held) if key else 0


@functools.cache
def name_of(chord: int) -> str:
    """Return the name of ImGui's number of a chord."""
    held = (bool(chord & int(modifier)) for modifier in _MODIFIERS.values())
    return key_names.chord(NAMES[chord & ~int(imgui.Key.mod_mask_)], *held)


def is_pressed(name: str) -> bool:
    """Return whether a chord was pressed just now."""
    return bool(imgui.is_key_chord_pressed(chord_of(name)))


def is_down(name: str) -> bool:
    """Return whether a chord's key is down, whatever became of its modifiers."""
    return bool(imgui.is_key_down(CODES[key_names.parts(name)[0]]))


def pressed() -> str:
    """Return the chord that was pressed just now, "" for none."""
    io = imgui.get_io()
    for name, code in CODES.items():
        if imgui.is_key_pressed(code, False):
            return key_names.chord(name, io.key_ctrl, io.key_shift, io.key_alt)
    return ""
