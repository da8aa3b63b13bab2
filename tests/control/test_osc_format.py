"""OSC packets against python-osc, an implementation that is not ours, and against garbage."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from app.control import osc_format
from app.control.osc_format import Message

ARGUMENTS = st.lists(
    st.integers(-(2**31), 2**31 - 1)
    | st.floats(width=32, allow_nan=False)
    | st.booleans()
    | st.none()
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    max_size=8,
)


def built(address: str, *arguments: object) -> bytes:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)  # type: ignore[arg-type]
    return bytes(builder.build().dgram)


@given(ARGUMENTS)
def test_what_others_write_is_read(arguments: list[object]) -> None:
    raw = built("/clavilux/look", *arguments)
    assert list(osc_format.messages(raw)) == [raw]
    assert osc_format.parse(raw) == Message("/clavilux/look", tuple(arguments))  # type: ignore[arg-type]


@given(ARGUMENTS)
def test_what_is_written_others_read(arguments: list[osc_format.Argument]) -> None:
    (packet,) = osc_format.bundles([osc_format.write("/a/b", arguments)])
    (message,) = OscPacket(packet).messages
    assert (message.message.address, message.message.params) == ("/a/b", arguments)


def test_bundles_are_opened_in_order() -> None:
    inner, outer = OscBundleBuilder(IMMEDIATELY), OscBundleBuilder(IMMEDIATELY)
    for address in ("/b", "/c"):
        inner.add_content(OscMessageBuilder(address).build())
    outer.add_content(OscMessageBuilder("/a").build())
    outer.add_content(inner.build())
    outer.add_content(OscMessageBuilder("/d").build())
    found = [osc_format.address_of(raw) for raw in osc_format.messages(outer.build().dgram)]
    assert found == [b"/a", b"/b", b"/c", b"/d"]


def test_many_messages_become_several_small_packets() -> None:
    parts = [osc_format.write(f"/clavilux/param/p{i}", (float(i),)) for i in range(200)]
    packets = list(osc_format.bundles(parts))
    assert len(packets) > 2
    assert all(len(packet) <= 1400 for packet in packets)
    assert [raw for packet in packets for raw in osc_format.messages(packet)] == parts


def nested(depth: int) -> bytes:
    packet = osc_format.write("/a")
    for _ in range(depth):
        (packet,) = osc_format.bundles([packet], 1 << 20)
    return packet


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"hello",
        b"/unfinished",
        b"#bundle\0",
        b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xff",
        b"#bundle\0" + bytes(8) + b"\x7f\xff\xff\xff/a\0\0",
        b"#bundle\0" + bytes(8) + bytes(4),
        b"/a\0\0xyz\0",
        b"/a\0\0,i\0\0",
        b"/a\0\0,s\0\0abc",
        b"/a\0\0,b\0\0\x7f\xff\xff\xff",
        b"/\xff\xfe\0,\0\0\0",
        b"/" + b"a" * osc_format.MAX_PACKET_BYTES,
        nested(osc_format.MAX_DEPTH + 1),
        nested(300),
        b"/a\0\0," + b"T" * 2000 + bytes(4),
    ],
)
def test_what_is_not_well_formed_is_refused(packet: bytes) -> None:
    with pytest.raises(ValueError):
        for raw in osc_format.messages(packet):
            osc_format.parse(raw)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda tail: b"#bundle\0" + bytes(8) + tail))
def test_garbage_is_read_or_refused(packet: bytes) -> None:
    try:
        for raw in osc_format.messages(packet):
            osc_format.parse(raw)
    except ValueError:
        pass


def test_mutated_packets_are_read_or_refused() -> None:
    chance = random.Random(1)
    seeds = [built("/clavilux/param/zoom", 0.5), built("/clavilux/look", "dawn", 3, True), nested(3)]
    refused = 0
    for _ in range(10_000):
        packet = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 6)):
            packet[chance.randrange(len(packet))] = chance.randrange(256)
        try:
            for raw in osc_format.messages(bytes(packet[: chance.randint(1, len(packet))])):
                osc_format.parse(raw)
        except ValueError:
            refused += 1
    assert 1000 < refused < 10_000
