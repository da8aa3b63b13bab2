"""`clavilux judge train|ceiling|card|score`: the built-in judges, made, measured and asked."""

import platform
from pathlib import Path

from rich.console import Console

from app.problems import UserError
from app.training.judges.judge import JUDGES, doubt, open_judge

KINDS = ("guide", "witness")
TOLD_STEPS = 50


def listing() -> None:
    """Print every judge's name."""
    print("\n".join(JUDGES))


def train(
    kind: str, minutes: float, pictures: int, steps: int, seed: int | None, start: Path | None, out: Path | None
) -> None:
    """Teach one built-in judge and write its weights and card; about an hour on one core."""
    from app.training.judges.builtin import card, exam, judge, teach
    from app.training.judges.builtin.lessons import GROUP

    console = Console(stderr=True)
    path = out or judge.file_of(kind)
    if start is not None:
        judge.BuiltinJudge(kind, start)  # a file that is none is told before the drawing
    console.print(f"drawing {pictures:,} pictures …")
    teacher = teach.Teacher(kind, pictures // GROUP, seed=seed, start=start)
    lesson = teach.Lesson(0, 0.0, 0.0)
    for lesson in teacher.go(steps, minutes * 60.0):
        if lesson.marks:
            where = f"{lesson.seconds:5.0f} s  step {lesson.step:5}  loss {lesson.loss:.3f}"
            console.print(f"{where}  classifier {lesson.head:.3f}  {lesson.marks}", soft_wrap=True)
            teach.save(teacher.weights(), path.with_suffix(".part"))
    path.with_suffix(".part").unlink(missing_ok=True)
    data = teacher.weights()
    sha = teach.save(data, path)
    other = KINDS[1 - KINDS.index(kind)]
    held = exam.paper(teach.drawer(kind), 880_001, held=True)
    card.write(
        card.Card(
            kind, sha, len(data), pictures, lesson.step, lesson.seconds / 60.0, teacher.seed, platform.machine(),
            teacher.examine(held), teacher.examine(exam.paper(teach.drawer(kind), 880_002, held=False)),
            teacher.examine(exam.paper(teach.drawer(other), 880_003, held=True)), teacher.form_head(held),
            teach.BATCH[kind], card.before(start) if start else "",
            command=_command(kind, minutes, pictures, steps, teacher.seed, start),
        ),
        path,
    )  # fmt: skip
    console.print(f"wrote {path}")


def _command(kind: str, minutes: float, pictures: int, steps: int, seed: int, start: Path | None) -> str:
    """Return the command that makes this judge again, with every option that matters spelled out."""
    options = f"--pictures {pictures} --steps {steps} --minutes {minutes:g} --seed {seed}"
    return f"clavilux judge train {kind} {options}{f' --start {start.name}' if start else ''}"


def ceiling(kind: str, minutes: float, pictures: int, steps: int, weights: Path | None) -> None:
    """Teach a classifier of a judge's size and write into the judge's card how often it names the form."""
    from app.training.judges.builtin import card, exam, judge, teach
    from app.training.judges.builtin.ceiling import Ceiling, Classifier
    from app.training.judges.builtin.lessons import GROUP

    console = Console(stderr=True)
    path = weights or judge.file_of(kind)
    card.check(path)
    console.print(f"drawing {pictures:,} pictures …")
    classifier = Classifier(kind, pictures // GROUP)
    step, gone = 0, 0.0
    for step, gone, loss in classifier.go(steps, minutes):
        if step % TOLD_STEPS == 0:
            console.print(f"{gone:5.1f} min  step {step:5}  loss {loss:.3f}")
    form = classifier.right(exam.paper(teach.drawer(kind), 880_001, held=True))
    card.add_ceiling(path, Ceiling(form, pictures, step, gone, classifier.seed))
    console.print(f"{form:.3f} of the forms; written to {path.with_suffix('.card.json')}", soft_wrap=True)


def card(kind: str) -> None:
    """Print a built-in judge's model card."""
    from app.training.judges.builtin import card as cards

    print(cards.text(cards.load(kind)))


def score(picture: Path, texts: tuple[str, ...], judge: str, weights: Path | None) -> None:
    """Print how similar a picture is to each text (cosine × 100), best first; last what can't be compared, and why."""
    from app.training.pictures import load_picture
    from app.training.wording import partly_unknown, unreadable

    if not texts:
        raise UserError("name at least one text to compare the picture with")
    opened = open_judge(judge, weights)
    if doubt(opened.info):
        Console(stderr=True).print(doubt(opened.info), soft_wrap=True, markup=False)
    seen = opened.embed_image(load_picture(picture)).mean(0)
    why = {text: unreadable(opened, text) for text in texts}
    read = [text for text in texts if not why[text]]
    similar = (opened.embed_text(read) @ seen).tolist() if read else []
    for value, text in sorted(zip(similar, read, strict=True), reverse=True):
        unknown = partly_unknown(opened, text)
        note = f"   ({', '.join(unknown)}: not known to this judge)" if unknown else ""
        print(f"{100 * value:6.1f}  {text}{note}")
    for text in texts:
        if why[text]:
            print(f"     –  {text}   ({why[text]})")
