/*{
    "ISFVSN": "2",
    "DESCRIPTION": "The next picture opens in a soft circle, or closes around the one before.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Transition"],
    "INPUTS": [
        {"NAME": "startImage", "TYPE": "image"},
        {"NAME": "endImage", "TYPE": "image"},
        {"NAME": "progress", "LABEL": "Progress", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]},
        {"NAME": "softness", "LABEL": "Softness", "TYPE": "float", "MIN": 0.01, "MAX": 1.0, "DEFAULT": 0.25},
        {"NAME": "lens", "LABEL": "Lens", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.4},
        {"NAME": "inward", "LABEL": "Inward", "TYPE": "bool", "DEFAULT": false}
    ]
}*/
#include "lib/fold.glsl"

void main() {
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    vec2 uv = isf_FragNormCoord, p = (uv - centre) * vec2(aspect, 1.0);
    float farthest = length((abs(centre - 0.5) + 0.5) * vec2(aspect, 1.0));
    float away = length(p) / farthest, at = inward ? 1.0 - away : away;
    float front = progress * (1.0 + softness);
    float share = smoothstep(0.0, softness, front - at);
    // The rim bends both pictures like the edge of a drop.
    float rim = share * (1.0 - share) * 4.0 * lens * 0.12;
    vec2 bend = p / max(length(p), 1e-4) * rim / vec2(aspect, 1.0);
    vec3 a = IMG_NORM_PIXEL(startImage, folded(uv + bend)).rgb;
    vec3 b = IMG_NORM_PIXEL(endImage, folded(uv - bend)).rgb;
    gl_FragColor = vec4(mix(a, b, share), 1.0);
}
