"""Small files that are huge programs: what would eat a compiler's memory, or end the process by its recursion."""

import pytest

from app import paths
from app.render.isf_macros import too_large

DOUBLED = "#define m0 x + x\n" + "".join(f"#define m{i} m{i - 1} + m{i - 1}\n" for i in range(1, 30))
BOMBS = {
    "doubled": f"{DOUBLED} y = m29;",
    "named behind comments": DOUBLED.replace("#define ", "/**/#/**/define/**/") + "y = m29;",
    "named over two lines": DOUBLED.replace("#define", "#def\\\nine") + "y = m29;",
    "asked for by an #if": f"{DOUBLED}\n#if m29\n#endif\nvoid main() {{}}",
    "an argument in itself": f"#define f(x) x + x\ny = {'f(' * 30}z{')' * 30};",
    "an argument with statements": f"#define f(x) x; x\n{'f({' * 30}y = z;{'})' * 30};",
    "macros in macros": "#define f0(x) x + x\n"
    + "".join(f"#define f{i}(x) f{i - 1}(f{i - 1}(x))\n" for i in range(1, 30))
    + "y = f29(z);",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_macros_that_double_one_another_are_refused(text: str) -> None:
    assert "over half a million words" in too_large(text)


@pytest.mark.parametrize("more", ["+x", ".xyzw", "&&b", "[0]", "++ ", "+x\n#define q\n"])
def test_a_statement_that_nests_too_deeply_for_compilers_is_refused(more: str) -> None:
    assert too_large(f"y = x{more * 1000};") == ""
    assert "one statement has over 4000 words" in too_large(f"y = x{more * 10_000};")


def test_a_macro_ends_a_statement_only_if_it_always_does() -> None:
    sum_of_many = f"#if 0\n#define p ;\n#else\n#define p {'+ x' * 1000}\n#endif\ny = x {'p ' * 10};"
    assert "one statement" in too_large(sum_of_many)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("".join(f"#define m{i} m{i + 1}\n" for i in range(3000)) + "y = m0;", "nest deeper than 60"),
        (f"#define f(x) x\ny = {'f(' * 3000}z{')' * 3000};", "nest deeper than 60"),
        (f"#define f({', '.join(f'a{i}' for i in range(3000))}) a0\ny = f(1);", "over 60 parameters"),
    ],
)
def test_macros_that_lead_nowhere_are_refused(text: str, why: str) -> None:
    assert why in too_large(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{DOUBLED} void main() {{}}",
        f"float table[] = float[]({', '.join(['-0.5'] * 1500)});",
        f"vec3 table[] = vec3[]({', '.join(['vec3(.1, .2, .3)'] * 900)});",
        "#define sin(x) sin(g(sin(x)))\n#define g(x) (x * 2.0)\ny = sin(sin(x));",
        "#ifdef A\n#define f(x) x * x\n#else\n#define f 1.0\n#endif\ny = f; z = f(2.0) + f(;",
        "#define f() 1.0\ny = f() + f( );",
        "#define a b + b\n#define b a + a\ny = a + b;",
        "#define put(c) y += glyph(c, x);\n" + "put(1) " * 3000,
        "y = x + 1.0;" * 20_000,
    ],
)
def test_what_compilers_bear_is_let_through(text: str) -> None:
    assert too_large(text) == ""


def test_what_ships_is_let_through() -> None:
    for path in paths.shipped("shaders").rglob("*.[fv]s"):
        assert too_large(path.read_text("utf-8")) == ""
