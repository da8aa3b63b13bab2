"""Mutants: good files, damaged by chance or on purpose. Pure but for the random numbers given."""

import io
import struct
import zipfile
from collections.abc import Sequence
from random import Random
from typing import Literal

CANARY = "canary.was.here"
Wrap = Literal["", "zip", "safetensors"]
"""What lies around the bytes that matter, and is put right again after a mutation."""
TRICKS = [text.encode() for text in (
    f"!!python/object/apply:os.system ['touch {CANARY}']", "&a [*a, *a]", "*x", "{" * 40, "[" * 2000, "- " * 300,
    "{a: &b {c: *b}}", "1e999", "-1e999", ".nan", ".inf", "NaN", "Infinity", "9" * 400, "-1", "0", "1e-320", "null",
    "~", "true", "!!binary |", "!!timestamp 2001-01-01", "2001-01-01", "0o17", "0x" + "f" * 40, "190:20:30", "\t",
    "\n\n", "\x00", "\u2028", "\ufeff", "../../../../etc/passwd", "/dev/zero", "/dev/stdin", "%s%n", "${HOME}",
    "a" * 3000, '"', "'", "\\", "\\ud800", "__class__", "__import__('os')", "? : ", "<<: ", "---\n", "...\n", "%YAML 9",
    '{"__metadata__":', "[1," * 200, '"a":{' * 1000, "/*{", "}*/", "#include </dev/zero>", "#define A A A\n",
    "while(true){}", "for(;;);", "void main(){main();}", "#version 999\n", "PATH", "IMPORTED", "1/0", "2**9999",
    "9**9**9", "(" * 500, "RENDERSIZE", "$WIDTH*1e30", "*" * 64, ",T" * 32, "#bundle\x00",
)] + [
    f"cos\nsystem\n(S'touch {CANARY}'\ntR.".encode(), f"cbuiltins\nexec\n(S'open(\"{CANARY}\",\"w\")'\ntR.".encode(),
    b"\x80\x02cos\nsystem\n", b"\x8c\x02os\x8c\x06system\x93", b"\x8d" + struct.pack("<Q", 2**62), b"\xff" * 8,
    struct.pack("<Q", 2**63), struct.pack("<q", -1), struct.pack(">i", 2**31 - 1), struct.pack("<f", float("nan")),
    struct.pack("<f", float("inf")), b"PK\x03\x04", b"PK\x05\x06", b"\x00" * 64, b"CLAVSET1", b"\xed\xa0\x80",
]  # fmt: skip


def mutated(seeds: Sequence[bytes], wraps: Sequence[Wrap], chance: Random) -> bytes:
    """Return one mutant of one of `seeds`; `wraps` are the ways in which it may be made."""
    seed, wrap = chance.choice(seeds), chance.choice(wraps)
    if wrap == "zip":
        return _inside_zip(seed, seeds, chance)
    if wrap == "safetensors":
        return _inside_safetensors(seed, seeds, chance)
    return _damaged(seed, seeds, chance)


def _damaged(data: bytes, seeds: Sequence[bytes], chance: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 8))):
        _damage(changed, seeds, chance)
    return bytes(changed)


def _damage(data: bytearray, seeds: Sequence[bytes], chance: Random) -> None:
    """Do one thing to it. Half of the time near the beginning, where headers are."""
    reach = len(data) if chance.random() < 0.5 else min(len(data), 600)
    at = chance.randrange(reach + 1) if reach else 0
    end = min(len(data), at + chance.choice((1, 1, 2, 4, 8, 30, 200)))
    way = chance.randrange(9)
    if way == 0:
        data[at:end] = chance.randbytes(end - at)
    elif way == 1 and at < len(data):
        data[at] ^= 1 << chance.randrange(8)
    elif way == 2:
        del data[at:end]
    elif way == 3:
        data[at:at] = data[at:end] * chance.choice((1, 2, 50))
    elif way == 4:
        data[at:at] = chance.choice(TRICKS)
    elif way == 5:
        data[at:end] = chance.choice(TRICKS)
    elif way == 6:
        del data[at if chance.random() < 0.2 else len(data) :]
    elif way == 7:
        other = chance.choice(seeds)
        start = chance.randrange(len(other) + 1)
        data[at:end] = other[start : start + chance.choice((4, 40, 400))]
    else:
        _change_word(data, at, chance)


def _change_word(data: bytearray, at: int, chance: Random) -> None:
    """Replace the word or number at a place by a trick or another word of the same text."""
    words = bytes(data[:20_000]).replace(b":", b" ").replace(b",", b" ").split()
    word = chance.choice(words) if words else b"x"
    where = data.find(word, at)
    if where >= 0:
        data[where : where + len(word)] = chance.choice(TRICKS) if chance.random() < 0.5 else chance.choice(words)


def _inside_zip(data: bytes, seeds: Sequence[bytes], chance: Random) -> bytes:
    """Damage one part of a ZIP file, or its name, and pack it anew, so that its checksum is right."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    name = chance.choice([name for name in parts for _ in range(1 + 9 * name.endswith((".pkl", ".yaml", ".fs")))])
    part = parts.pop(name)
    if chance.random() < 0.1:
        name = _damaged(name.encode(), seeds, chance).decode("utf-8", "replace").replace("\0", "")[:200] or "x"
    else:
        part = _damaged(part, [*parts.values(), part], chance)
    if chance.random() < 0.9:
        parts[name] = part
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


def _inside_safetensors(data: bytes, seeds: Sequence[bytes], chance: Random) -> bytes:
    """Damage the JSON head and write its length anew."""
    (length,) = struct.unpack("<Q", data[:8])
    head = _damaged(data[8 : 8 + length], seeds, chance)
    return struct.pack("<Q", len(head)) + head + data[8 + length :]
