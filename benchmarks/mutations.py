"""Claim: no damaged or hostile file or packet does more than be refused in one line: nothing runs, hangs or swells.

For each kind of file the program reads, good ones are mutated 10,000 times (bytes, words that are tricks in YAML, JSON
and pickle, and the inside of ZIP files with right checksums) and read by the reader of their kind, in a process of its
own. Counted: what is neither read nor a one-line `UserError`, what Python's audit hook saw run or written elsewhere,
processor time and memory per file. Run: python -m benchmarks.mutations [--count N] [--kinds a,b] [--report JSON]
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from app.problems import UserError
from benchmarks import mutants
from benchmarks.mutation_kinds import KINDS, Kind

ROOT = Path(__file__).resolve().parent.parent
HANG_SECONDS, WAIT_SECONDS = 20, 300
"""Of processor time, so that a busy computer is no finding; and on the clock, for what waits."""
SLOW_SECONDS = 2.0
"""Processor time that no file may take."""
SWELL_MB = 512.0
"""Memory that no file may take beside what was in use before."""
LONGEST_LINE = 1500
RUNS = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "socket.connect",
        "os.startfile", "pickle.find_class", "code.__new__", "webbrowser.open")  # fmt: skip
CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.chmod", "os.link", "os.symlink", "os.truncate")


class Watch:
    """Python's audit hook, while `on`: notes code that is run and files that are written outside of a folder."""

    def __init__(self, folder: Path) -> None:
        self.on = False
        self.seen: list[str] = []
        self._inside = (str(folder), "/proc/self/", "/dev/null", "/tmp/.X")
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and self._counts(event, arguments):
            told = getattr(arguments[0], "co_filename", arguments) if arguments else ""
            self.seen = [*self.seen, f"{event} {str(told)[:200]}"][:20]

    def _counts(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event in CHANGES or (event == "open" and self._writes(arguments)):
            return not self._is_inside(arguments[0])
        return event in RUNS or (event == "exec" and not self._imports())

    @staticmethod
    def _imports() -> bool:
        """Whether a module is being imported, which runs code of ours or of a library."""
        frame = sys._getframe(3)
        while frame is not None and "importlib._bootstrap" not in frame.f_code.co_filename:
            frame = frame.f_back  # type: ignore[assignment]
        return frame is not None

    def _is_inside(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and str(Path(path).absolute()).startswith(self._inside)

    @staticmethod
    def _writes(arguments: tuple[Any, ...]) -> bool:
        mode, flags = (*arguments, None, None)[1:3]
        if isinstance(mode, str):
            return any(letter in mode for letter in "wax+")
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


class Hang(BaseException):
    """A file took too long."""


def _hung(*_: object) -> None:
    raise Hang


def peak_mb() -> float:
    """Return the most memory held since the last call of `forget_peak`."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1e3
    return 0.0


def forget_peak() -> float:
    """Begin to count anew; return what is held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


def all_threads_seconds() -> float:
    """Return the processor time so far, in ticks of some milliseconds; `time.process_time` jumps while a timer runs."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def outcome(kind: Kind, path: Path) -> str:
    """Read one file; return "read", "refused", or what was wrong about it."""
    try:
        lines = kind.read(path)
    except UserError as error:
        return _judged(str(error), "refused")
    except Hang:
        return f"hangs for more than {HANG_SECONDS} s"
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return f"raises {type(error).__name__}: {str(error)[:200]}"
    return next((judged for line in lines if (judged := _judged(line, "read")) != "read"), "read")


def _judged(line: str, fine: str) -> str:
    if "\n" in line.strip("\n") or len(line) > LONGEST_LINE or not line.strip():
        return f"a message that is no line: {line[:200]!r}"
    return fine


def child(name: str, count: int, seed: int, folder: Path) -> dict[str, Any]:
    """Mutate and read `count` files; return what was found."""
    kind = KINDS[name](folder)
    chance, watch = Random(seed), Watch(folder)
    for timer in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(timer, _hung)
    for good in kind.seeds:  # so that what is imported on first use is there
        (folder / f"good{kind.suffix}").write_bytes(good)
        outcome(kind, folder / f"good{kind.suffix}")
    outcomes: Counter[str] = Counter()
    findings: list[str] = []
    seconds, swell_mb = [], 0.0
    path = folder / f"mutant{kind.suffix}"
    for number in range(count):
        path.write_bytes(mutants.mutated(kind.seeds, kind.wraps, chance))
        before_mb = forget_peak()
        began, own_began = all_threads_seconds(), time.thread_time()
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
        signal.alarm(WAIT_SECONDS)
        watch.on = True
        came = outcome(kind, path)
        watch.on = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        seconds.append(max(all_threads_seconds() - began, time.thread_time() - own_began))
        grown_mb = peak_mb() - before_mb
        swell_mb = max(swell_mb, grown_mb)
        wrong = [came] if came not in ("read", "refused") else []
        wrong += [f"took {seconds[-1]:.1f} s of processor time"] if seconds[-1] > SLOW_SECONDS else []
        wrong += [f"took {grown_mb:.0f} MB"] if grown_mb > SWELL_MB else []
        wrong += [f"ran or wrote: {seen}" for seen in watch.seen]
        watch.seen.clear()
        outcomes["wrong" if wrong else came] += 1
        if wrong:
            kept = folder.parent / f"{name}-{seed}-{number}{kind.suffix}"
            kept.write_bytes(path.read_bytes())
            findings += [f"{kept.name}: {what}" for what in wrong]
    findings += kind.close()
    if (folder / mutants.CANARY).exists() or Path(mutants.CANARY).exists():
        findings.append("a trick was run: the canary is there")
    seconds.sort()
    return {"count": count, **outcomes, "findings": findings[:50], "found": len(findings),
            "median_ms": round(1000 * seconds[len(seconds) // 2], 2), "slowest_ms": round(1000 * seconds[-1], 1),
            "most_mb": round(swell_mb, 1)}  # fmt: skip


def run(name: str, count: int, seed: int, keep: Path) -> dict[str, Any]:
    """Let a process of its own do one kind; one that dies is a finding."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=keep) as folder:
        command = [sys.executable, "-m", "benchmarks.mutations", "--child", name, "--count", str(count)]
        done = subprocess.run(
            [*command, "--seed", str(seed), "--folder", folder], cwd=ROOT, capture_output=True, text=True,
            env=os.environ | {"CLAVILUX_HOME": f"{folder}/home", "OMP_NUM_THREADS": "1", "LP_NUM_THREADS": "1"},
        )  # fmt: skip
        try:
            figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            for left in Path(folder).glob("mutant*"):
                left.rename(keep / f"{name}-{seed}-died{left.suffix}")
            died = f"the process died ({done.returncode}): {done.stderr[-600:]}"
            figures = {"count": count, "findings": [died], "found": 1}
    return figures


def main() -> int:
    """Run all kinds; exit code 1 if anything was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "clavilux-mutants")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--child")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(child(asked.child, asked.count, asked.seed, asked.folder)))
        return 0
    asked.keep.mkdir(parents=True, exist_ok=True)
    figures = {}
    for name in asked.kinds.split(","):
        figures[name] = found = run(name, asked.count, asked.seed, asked.keep)
        told = {key: value for key, value in found.items() if key != "findings"}
        print(f"{name:11} " + ", ".join(f"{key} {value}" for key, value in told.items()), flush=True)
        for line in found["findings"]:
            print(f"    {line}", flush=True)
    if asked.report:
        asked.report.write_text(json.dumps(figures, indent=2))
    return int(any(found["found"] for found in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
