"""What is kept of a running show: everything a relaunch or an opened show file goes on with. Main thread; no files."""

import time
from collections.abc import Sequence
from typing import Any

from app.audio.source import Found
from app.control.hub import Hub
from app.controls import Controls
from app.preset import MOST_ROUTES
from app.render.surface import WindowSurface
from app.settings import Settings
from app.show.state import KEPT_BEFORE, SourceState, State, TempoState
from app.tempo.tempo import MOST_BPM, Tempo
from app.ui.desk import Playback


def state_of(controls: Controls, settings: Settings, lfo_turns: Sequence[float]) -> State:
    """Return what is kept of a show at this moment."""
    looks, hub = controls.looks, controls.control
    spin = controls.values.turn_degrees - controls.values.params.get("rotation", 0.0)
    surface, outlets = controls.surface, controls.outlets
    return State(
        look=looks.on_air.model_copy(deep=True),
        before=looks.before[-KEPT_BEFORE:],
        held=looks.held,
        blackout=controls.blackout,
        frozen=controls.frozen,
        flash_mode=controls.flash_mode,
        saving=controls.saving,
        advance_seconds=looks.advance_seconds,
        advance_beats=looks.advance_beats,
        quantise=controls.launch.quantise,
        crossfade=controls.change_time.unit,
        crossfade_seconds=controls.change_time.seconds,
        crossfade_beats=controls.change_time.beats,
        tempo=_tempo(controls.tempo),
        order=looks.order,
        pool=looks.pool,
        queue=looks.queue[:],
        source=_source(controls),
        display=outlets.display.wanted if outlets.display is not None else "",
        fullscreen=isinstance(surface, WindowSurface) and surface.fullscreen,
        window_px=settings.window_px,
        picture_px=controls.picture_px,
        fps=controls.fps,
        recording=str(controls.recording.path.absolute()) if controls.recording is not None else "",
        master=outlets.master.fader,
        fade_seconds=outlets.master.fade_seconds,
        feeds=outlets.feeds.running if outlets.feeds is not None else [],
        **_doors(hub),
        midi=list(settings.midi),
        show=str(settings.show.absolute()) if settings.show is not None else "",
        positions=hub.positions.at({route.source for route in looks.on_air.routes}),
        style_seconds=controls.values.style_seconds,
        spin_degrees=spin,
        lfo_turns=list(lfo_turns[:MOST_ROUTES]),
    )


def _doors(hub: Hub) -> dict[str, Any]:
    """Return by which doors other programs and phones come in."""
    osc, remote = hub.osc, hub.remote
    return {
        "osc_port": osc.port if osc is not None else 0,
        "osc_bind": osc.bind if osc is not None else "127.0.0.1",
        "remote_port": remote.port if remote is not None else 0,
        "remote_pin": remote.door.pin if remote is not None else "",
        "remote_passes": remote.door.passes if remote is not None else [],
    }


def _tempo(tempo: Tempo) -> TempoState:
    return TempoState(
        source=tempo.source,
        bpm=min(tempo.bpm, MOST_BPM),  # a source may run faster than what can be set
        locked=tempo.locked,
        delay_seconds=tempo.delay_seconds,
        octave=tempo.octave,
        position_beats=tempo.beat.position,
        at_unix_seconds=time.time(),
    )


def _source(controls: Controls) -> SourceState:
    choice, playback, source = controls.source_choice, controls.playback, controls.source
    found = source.found if isinstance(source, Found) else ""
    return SourceState(
        kind=choice.kind,
        file=str(choice.file.absolute()) if choice.file else "",
        device=found or choice.device,
        whole=bool(found) or choice.whole,
        loop=isinstance(playback, Playback) and playback.loop,
        channels=list(choice.channels),
        gain_db=choice.gain_db,
        position_seconds=max(playback.position_seconds, 0.0) if playback is not None else 0.0,
        paused=playback is not None and playback.paused,
    )
