"""OSC 1.0 packets: bytes to messages and back. Pure; nothing in a packet can make it recurse, grow or fail oddly.

Bundles are opened where they stand (their time tags are not waited for). Whatever is not well formed is a `ValueError`.
Format: "The Open Sound Control 1.0 Specification" (Wright 2002), with the types i f s d h T F N I.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Argument = int | float | str | bool | None
MAX_PACKET_BYTES = 8192
MAX_DEPTH = 8
MAX_MESSAGES = 512
MAX_ARGUMENTS = 64
_BUNDLE = b"#bundle\0"
_NUMBERS = {"i": struct.Struct(">i"), "f": struct.Struct(">f"), "d": struct.Struct(">d"), "h": struct.Struct(">q")}
_CONSTANTS: dict[str, Argument] = {"T": True, "F": False, "N": None, "I": True}


@dataclass(frozen=True, slots=True)
class Message:
    """One address and its arguments."""

    address: str
    arguments: tuple[Argument, ...] = ()


def messages(packet: bytes) -> Sequence[bytes]:
    """Return the single messages of a packet, bundles opened; `ValueError` for what is not well formed."""
    if len(packet) > MAX_PACKET_BYTES:
        raise ValueError(f"larger than {MAX_PACKET_BYTES} bytes")
    return (packet,) if packet.startswith(b"/") else list(_opened(packet))  # a flood is of single ones


def _opened(packet: bytes) -> Iterator[bytes]:
    waiting, count = [(packet, 0)], 0
    while waiting:
        part, depth = waiting.pop()
        if part.startswith(_BUNDLE):
            if depth >= MAX_DEPTH:
                raise ValueError(f"bundles nested deeper than {MAX_DEPTH}")
            waiting += [(inner, depth + 1) for inner in reversed(list(_elements(part)))]
        elif part.startswith(b"/"):
            count += 1
            if count > MAX_MESSAGES:
                raise ValueError(f"more than {MAX_MESSAGES} messages in a packet")
            yield part
        else:
            raise ValueError("neither a message nor a bundle")


def _elements(bundle: bytes) -> Iterator[bytes]:
    at = len(_BUNDLE) + 8
    if len(bundle) < at:
        raise ValueError("bundle without a time tag")
    while at < len(bundle):
        size = int(_number("i", bundle, at))
        at += 4
        if not 0 < size <= len(bundle) - at:
            raise ValueError("bundle element of a wrong size")
        yield bundle[at : at + size]
        at += size


def address_of(message: bytes) -> bytes:
    """Return the address of a message as it stands there, the rest unread; `ValueError` when it is no text."""
    end = message.find(b"\0")
    if end < 0:
        raise ValueError("text without an end")
    address = message[:end]
    if not address.isascii():
        address.decode("utf-8")
    return address


def parse(message: bytes) -> Message:
    """Read one message; `ValueError` for what is not well formed."""
    address, at = _text(message, 0)
    if at >= len(message):
        return Message(address)
    tags, at = _text(message, at)
    if not tags.startswith(",") or len(tags) > MAX_ARGUMENTS + 1:
        raise ValueError("no proper list of types")
    arguments: list[Argument] = []
    for tag in tags[1:]:
        argument, at = _argument(tag, message, at)
        arguments.append(argument)
    return Message(address, tuple(arguments))


def _argument(tag: str, data: bytes, at: int) -> tuple[Argument, int]:
    """Return one argument and where the next begins."""
    if tag in _CONSTANTS:
        return _CONSTANTS[tag], at
    if tag == "s":
        return _text(data, at)
    if tag not in _NUMBERS:
        raise ValueError(f"type '{tag}' is not known")
    return _number(tag, data, at), at + _NUMBERS[tag].size


def _number(tag: str, data: bytes, at: int) -> int | float:
    form = _NUMBERS[tag]
    if at + form.size > len(data):
        raise ValueError("ends early")
    number: int | float = form.unpack_from(data, at)[0]
    return number


def _text(data: bytes, at: int) -> tuple[str, int]:
    """Return a zero-ended text and where the next four-byte step begins; UnicodeDecodeError is a ValueError."""
    end = data.find(b"\0", at)
    if end < 0:
        raise ValueError("text without an end")
    return data[at:end].decode("utf-8"), end + 4 - (end - at) % 4


def write(address: str, arguments: Sequence[Argument] = ()) -> bytes:
    """Return the bytes of one message."""
    tags, data = ",", b""
    for argument in arguments:
        tag, part = _written(argument)
        tags += tag
        data += part
    return _padded(address) + _padded(tags) + data


def _written(argument: Argument) -> tuple[str, bytes]:
    if argument is None:
        return "N", b""
    if isinstance(argument, bool):
        return ("T" if argument else "F"), b""
    if isinstance(argument, str):
        return "s", _padded(argument)
    tag = "i" if isinstance(argument, int) else "f"
    return tag, _NUMBERS[tag].pack(argument)


def _padded(text: str) -> bytes:
    data = text.encode("utf-8").replace(b"\0", b"")
    return data + bytes(4 - len(data) % 4)


def bundles(parts: Sequence[bytes], most_bytes: int = 1400) -> Iterator[bytes]:
    """Yield packets that hold all messages, each small enough for any network."""
    head = _BUNDLE + bytes(7) + b"\x01"
    packet = head
    for part in parts:
        element = struct.pack(">i", len(part)) + part
        if len(packet) > len(head) and len(packet) + len(element) > most_bytes:
            yield packet
            packet = head
        packet += element
    if len(packet) > len(head):
        yield packet
