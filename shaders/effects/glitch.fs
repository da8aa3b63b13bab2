/*{
    "ISFVSN": "2",
    "DESCRIPTION": "A failing signal: slices slip, blocks repeat, colours part, and it heals again.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Distortion"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "amount", "LABEL": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.45},
        {"NAME": "rate", "LABEL": "Changes a second", "TYPE": "float", "MIN": 0.5, "MAX": 30.0, "DEFAULT": 9.0},
        {"NAME": "slices", "LABEL": "Slices", "TYPE": "float", "MIN": 4.0, "MAX": 80.0, "DEFAULT": 22.0},
        {"NAME": "blocks", "LABEL": "Blocks", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "colours", "LABEL": "Colour split", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5}
    ]
}*/
#include "lib/fold.glsl"
#include "lib/noise.glsl"

void main() {
    vec2 uv = isf_FragNormCoord;
    float moment = mod(floor(TIME * rate), 8192.0);
    // Slices of uneven height: two rows of random cuts, each slipping for some moments only.
    float row = floor(uv.y * slices), fine = floor(uv.y * slices * 3.7);
    vec3 slice = random3(vec2(row, 1.0), moment), thin = random3(vec2(fine, 2.0), moment);
    float slip = step(1.0 - amount * 0.55, slice.x) * (slice.y - 0.5) * 0.5 + step(1.0 - amount * 0.25, thin.x) * (thin.y - 0.5) * 0.25;
    vec2 cell = floor(uv * vec2(9.0 * RENDERSIZE.x / RENDERSIZE.y, 9.0));
    vec3 block = random3(cell, floor(moment * 0.5) + 9000.0);
    float broken = step(1.0 - amount * blocks * 0.4, block.x);
    vec2 at = uv + vec2(slip * amount * 1.4, 0.0) + broken * (block.yz - 0.5) * 0.35;
    float part = (0.004 + abs(slip) * 0.12 + broken * 0.02) * colours * amount * 2.0;
    vec3 c;
    c.r = IMG_NORM_PIXEL(inputImage, folded(at + vec2(part, 0.0))).r;
    c.g = IMG_NORM_PIXEL(inputImage, folded(at)).g;
    c.b = IMG_NORM_PIXEL(inputImage, folded(at - vec2(part, 0.0))).b;
    gl_FragColor = vec4(mix(c, floor(c * 5.0 + 0.5) / 5.0, broken), 1.0);
}
