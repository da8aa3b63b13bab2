"""`clavilux devices`: every input, monitor and output by the name that --device takes."""

import json
from dataclasses import asdict

from app.audio.devices import Device, list_devices


def devices(as_json: bool) -> None:
    """Print a table, or a JSON list of {name, kind, channels, rate_hz, default, host}. No devices is no error."""
    found = list_devices()
    if as_json:
        print(json.dumps([_row(device) for device in found], indent=2, ensure_ascii=False))
    elif found:
        print("\n".join(_table(found)))
    else:
        print("no sound devices found (the demo and files play all the same, silently)")


def _row(device: Device) -> dict[str, object]:
    row = asdict(device)
    del row["handle"]
    return row


def _table(found: list[Device]) -> list[str]:
    width = max(len(device.name) for device in found)
    return [
        f"{device.kind:8} {device.name:{width}}  {device.channels:2} channels  {device.rate_hz:6} Hz  {device.host}"
        f"{'  (default)' if device.default else ''}"
        for device in found
    ]
