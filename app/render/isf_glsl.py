"""GLSL of ISF effects: turns a file's GLSL-120-flavoured text into `#version 330` sources, and compile logs back.

Pure text, any thread. Line numbers are kept (`#line`), so that a compiler's message leads to the performer's own file.
Our own effects may `#include "lib/NAME.glsl"`; nothing else is ever read.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from app import paths
from app.problems import UserError
from app.render.isf import EffectFile
from app.render.isf_inputs import Input
from app.render.isf_macros import too_large

_TYPES = {"float": "float", "bool": "bool", "event": "bool", "long": "int", "color": "vec4", "point2D": "vec2"}
# Where a driver has them, these two forgive what older ones let pass: returning an int as float, 0 as uint.
_PASS = "const int PASSINDEX = 0;\n"
_HEAD = """\
#version 330
#extension GL_ARB_shading_language_420pack : enable
#extension GL_ARB_gpu_shader5 : enable
"""
_PRELUDE = """\
uniform int FRAMEINDEX;
uniform float TIME;
uniform float TIMEDELTA;
uniform vec2 RENDERSIZE;
uniform vec4 DATE;
vec2 IMG_SIZE(sampler2D image) { return vec2(textureSize(image, 0)); }
vec4 IMG_NORM_PIXEL(sampler2D image, vec2 at) { return texture(image, at); }
vec4 IMG_PIXEL(sampler2D image, vec2 at) { return texture(image, at / vec2(textureSize(image, 0))); }
vec4 isf_texture(sampler2D image, vec2 at) { return texture(image, at); }
vec4 isf_textureLod(sampler2D image, vec2 at, float level) { return textureLod(image, at, level); }
"""
_FRAGMENT_PRELUDE = """\
in vec2 isf_FragNormCoord;
out vec4 isf_Out;
uniform bool isf_flatten;
vec4 isf_FragColor = vec4(0.0);
vec4 IMG_NORM_PIXEL(sampler2D image, vec2 at, float bias) { return texture(image, at, bias); }
vec4 IMG_PIXEL(sampler2D image, vec2 at, float bias) { return texture(image, at / IMG_SIZE(image), bias); }
vec4 isf_texture(sampler2D image, vec2 at, float bias) { return texture(image, at, bias); }
vec4 IMG_THIS_PIXEL(sampler2D image) { return texture(image, isf_FragNormCoord); }
vec4 IMG_THIS_NORM_PIXEL(sampler2D image) { return texture(image, isf_FragNormCoord); }
"""
# A NaN in a persistent buffer would stay for the rest of the show: it ends here.
_FRAGMENT_MAIN = """
void main() {
    isf_main();
    vec4 colour = isf_FragColor;
    if (any(isnan(colour)) || any(isinf(colour))) colour = vec4(0.0);
    isf_Out = isf_flatten ? vec4(colour.rgb * clamp(colour.a, 0.0, 1.0), 1.0) : colour;
}
"""
_VERTEX_PRELUDE = """\
out vec2 isf_FragNormCoord;
void isf_vertShaderInit() {
    isf_FragNormCoord = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = vec4(isf_FragNormCoord * 2.0 - 1.0, 0.0, 1.0);
}
"""
_PLAIN_VERTEX = "void main() { isf_vertShaderInit(); }\n"
_RENAMED = {
    "gl_FragColor": "isf_FragColor",
    "texture2D": "isf_texture",
    "texture2DRect": "IMG_PIXEL",
    "texture2DLod": "isf_textureLod",
    "vv_FragNormCoord": "isf_FragNormCoord",
    "vv_vertShaderInit": "isf_vertShaderInit",
}
# Words that GLSL 330 or its later extensions keep for themselves; older effects use them as names.
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """active asm cast class coherent common enum extern external filter fixed goto half hvec2 hvec3 hvec4
        inline input interface long namespace noinline output packed partition patch precise public
        resource restrict row_major sample short sizeof static subroutine superp template this
        typedef union unsigned using volatile""",
    )
)
_QUALIFIERS = frozenset({"flat", "smooth", "centroid", "noperspective", "sample", "patch", "precise"})
_TOKEN = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|[A-Za-z_]\w*|\d[\w.]*", re.S)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"lib/([a-z0-9_]+)\.glsl"[ \t]*$', re.M)
_DROPPED = re.compile(r"^[ \t]*#[ \t]*(version|extension)\b[^\n]*", re.M)
_REDECLARED = re.compile(r"^[ \t]*(?:varying|in|out)[ \t]+vec2[ \t]+(?:isf|vv)_FragNormCoord[ \t]*;", re.M)
# Drivers disagree about source numbers in #line, so each text counts its lines from its own million.
_SOURCE_LINES = 1_000_000
_FIRST_INCLUDE = 2


@dataclass(frozen=True, slots=True)
class Sources:
    """What to compile, for which `passes`, sampling which `images`; `files` names each million of line numbers."""

    vertex: str
    fragment: str
    files: tuple[str, ...]
    passes: tuple[int, ...] = (0,)
    images: tuple[str, ...] = ()

    def for_pass(self, index: int) -> tuple[str, str]:
        """Return the vertex and the fragment shader of one pass."""
        mine = _PASS.replace("0", str(index))
        return self.vertex.replace(_PASS, mine, 1), self.fragment.replace(_PASS, mine, 1)


def safe(name: str) -> str:
    """Return how the input or buffer `name` is called in the generated text."""
    return f"isf_id_{name}" if name in _RESERVED or name in _QUALIFIERS else name


@lru_cache(maxsize=128)
def translate(effect: EffectFile) -> Sources:
    """Return the sources for GL 3.3 core; an unknown include or far too much text is a `UserError`."""
    for file, text in ((effect.path, effect.fragment), (effect.path.with_suffix(".vs"), effect.vertex or "")):
        if why := too_large(text):
            raise UserError(f"{file.name}: {why}")
    included = _included(effect)
    files = (effect.path.name, effect.path.with_suffix(".vs").name, *(f"lib/{name}.glsl" for name in included))
    declared = "".join(_declaration(entry) for entry in effect.inputs if not entry.is_texture)
    declared += "".join(_sampler(name) for name in effect.textures)
    common = _HEAD + _PASS + _PRELUDE + declared
    body = _expand(_modern(effect.fragment, "in"), included)
    fragment = common + _FRAGMENT_PRELUDE + f"#line 1\n{body}\n{_FRAGMENT_MAIN}"
    vertex_body = _PLAIN_VERTEX if effect.vertex is None else _modern(effect.vertex, "out")
    vertex = common + _VERTEX_PRELUDE + f"#line {_SOURCE_LINES + 1}\n{vertex_body}\n"
    return Sources(vertex, fragment, files, effect.drawn_passes, effect.textures)


def _declaration(entry: Input) -> str:
    return f"uniform {_TYPES[entry.type]} {safe(entry.name)};\n"


def _sampler(name: str) -> str:
    """Declare an image and the companions that some effects read (undocumented, but hosts provide them)."""
    size = f"IMG_SIZE({safe(name)})"
    return (
        f"uniform sampler2D {safe(name)};\n#define _{name}_imgSize {size}\n"
        f"#define _{name}_imgRect vec4(0.0, 0.0, {size})\n#define _{name}_flip false\n"
    )


def _modern(text: str, varying: str) -> str:
    """Return old GLSL as GLSL 330: same lines, ASCII only, words that changed their meaning replaced."""
    text = _DROPPED.sub("", "".join(c if c in "\t\n" or " " <= c <= "~" else "?" for c in text))
    text = _REDECLARED.sub("", text)
    renamed = _RENAMED | {"varying": varying}
    if varying == "in":
        renamed["main"] = "isf_main"
        text = re.sub(r"\bgl_FragData\s*\[\s*0\s*\]", "gl_FragColor", text)

    def word(match: re.Match[str]) -> str:
        token = match.group()
        if token in _QUALIFIERS:  # "flat out vec2 a" is modern, "float flat = 1.0" is not
            return token if re.match(r"\s+[A-Za-z_]", text[match.end() : match.end() + 40]) else f"isf_id_{token}"
        return f"isf_id_{token}" if token in _RESERVED else renamed.get(token, token)

    return _TOKEN.sub(word, text)


def _included(effect: EffectFile) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_INCLUDE.findall(effect.fragment)))
    for name in names:
        if not paths.shipped("shaders", "lib", f"{name}.glsl").is_file():
            known = ", ".join(sorted(path.name for path in paths.shipped("shaders", "lib").glob("*.glsl")))
            line = effect.fragment.count("\n", 0, effect.fragment.find(f"lib/{name}.glsl")) + 1
            raise UserError(f"{effect.path.name}:{line}: no lib/{name}.glsl; known: {known}")
    return names


@lru_cache(maxsize=32)
def _library_text(name: str) -> str:
    return paths.shipped("shaders", "lib", f"{name}.glsl").read_text("utf-8")


def _expand(text: str, included: tuple[str, ...]) -> str:
    """Put each included text where its first `#include` stands."""
    lines, seen = [], set()
    for index, line in enumerate(text.split("\n"), 1):
        match = _INCLUDE.match(line)
        if match is None:
            lines.append(line)
            continue
        name = match.group(1)
        source = _FIRST_INCLUDE + included.index(name)
        lines.append(
            "" if name in seen else f"#line {source * _SOURCE_LINES + 1}\n{_library_text(name)}\n#line {index + 1}"
        )
        seen.add(name)
    return "\n".join(lines)


# Mesa "0:41(12): error: …", NVIDIA "0(41) : error C1008: …", Apple, AMD and Intel "ERROR: 0:41: …".
_MESSAGE = re.compile(r"^(?:ERROR:\s*)?\d+[:(](\d+)\)?(?:\(\d+\))?\s*:\s*(?:(?:error|warning)[^:]*:\s*)?(.+)$", re.I)


def explain(sources: Sources, log: str) -> str:
    """Return a compiler's log as one line, "bloom.fs:41: what is wrong", in the words of the file itself."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    found = [match for line in lines if "warning" not in line.lower() and (match := _MESSAGE.match(line))]
    if not found:
        tail = next((line for line in lines if "error" in line.lower() and ":" in line), lines[-1] if lines else "")
        return f"{sources.files[0]}: {_original(tail) or 'does not compile'}"
    source, line = divmod(int(found[0].group(1)), _SOURCE_LINES)
    return f"{sources.files[min(source, len(sources.files) - 1)]}:{line}: {_original(found[0].group(2))}"


def _original(message: str) -> str:
    message = re.sub(r"\bisf_id_", "", message).replace("isf_main", "main")
    return message.replace("isf_FragColor", "gl_FragColor").replace("isf_texture", "texture2D")[:300]
