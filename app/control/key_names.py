"""Key names: what keys of the keyboard are called in bindings and on the key card. Pure; the window knows their codes.

A chord is a key with what is held beside it, always in this order: "B", "Ctrl+B", "Ctrl+Shift+Alt+F5".
"""

MODIFIERS = ("Ctrl", "Shift", "Alt")
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = tuple("0123456789")
FUNCTIONS = tuple(f"F{number}" for number in range(1, 25))
SIGNS = ("-", "=", "[", "]", "\\", ";", "'", ",", ".", "/", "`")
OTHERS = (
    "Space", "Enter", "Tab", "Backspace", "Insert", "Delete", "Home", "End", "Page Up", "Page Down",
    "Left", "Right", "Up", "Down", "Pause", "Print", "Scroll Lock", "Menu", "Oem 102",
)  # fmt: skip
PAD = tuple(f"Num {sign}" for sign in (*DIGITS, "+", "-", "*", "/", ".", "Enter", "="))
KEYS = (*LETTERS, *DIGITS, *FUNCTIONS, *SIGNS, *OTHERS, *PAD)
"""All but the modifiers themselves and Esc."""
KEPT = {
    "Esc": "the way out",
    "F1": "the key card",
    "Ctrl+L": "learning",
    "Ctrl+Q": "quitting",
    "Home": "panic",
    "Shift+Backspace": "panic",
}
"""Chords that nothing else can be bound to."""


def parts(chord: str) -> tuple[str, tuple[str, ...]]:
    """Return a chord's key and its modifiers; the key is "" where it is no chord."""
    held: tuple[str, ...] = ()
    for modifier in MODIFIERS:
        if chord.startswith(f"{modifier}+"):
            chord, held = chord.removeprefix(f"{modifier}+"), (*held, modifier)
    return (chord if chord in KEYS else ""), held


def chord(key: str, ctrl: bool, shift: bool, alt: bool) -> str:
    """Return the name of a key with what is held beside it."""
    held = (name for name, down in zip(MODIFIERS, (ctrl, shift, alt), strict=True) if down)
    return "+".join((*held, key))


def trouble(name: str) -> str:
    """Return why nothing can be bound to a chord, in a few words; "" where it can."""
    if name in KEPT:
        return f"{name} is kept for {KEPT[name]}"
    return "" if parts(name)[0] else f"'{name}' is no key; for instance B, Ctrl+B, Shift+F5, Num 7"
