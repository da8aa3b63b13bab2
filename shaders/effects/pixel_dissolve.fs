/*{
    "ISFVSN": "2",
    "DESCRIPTION": "The picture breaks into tiles that change one by one into the next.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Transition"],
    "INPUTS": [
        {"NAME": "startImage", "TYPE": "image"},
        {"NAME": "endImage", "TYPE": "image"},
        {"NAME": "progress", "LABEL": "Progress", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "tiles", "LABEL": "Tiles", "TYPE": "float", "MIN": 4.0, "MAX": 80.0, "DEFAULT": 18.0},
        {"NAME": "mosaic", "LABEL": "Mosaic", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.9},
        {"NAME": "softness", "LABEL": "Softness", "TYPE": "float", "MIN": 0.02, "MAX": 1.0, "DEFAULT": 0.2}
    ]
}*/
#include "lib/noise.glsl"

void main() {
    vec2 grid = vec2(floor(tiles * RENDERSIZE.x / RENDERSIZE.y + 0.5), floor(tiles + 0.5));
    vec2 uv = isf_FragNormCoord, cell = floor(uv * grid);
    float at = mix(random3(cell, 3.0).x, (cell.x + 0.5) / grid.x, 0.35);  // from left to right, roughly
    float front = progress * (1.0 + softness) - at;
    float share = smoothstep(0.0, softness, front);
    // Each tile is whole again before and after its own turn.
    float broken = smoothstep(-0.25, 0.0, front) * (1.0 - smoothstep(softness, softness + 0.25, front));
    broken *= smoothstep(0.0, 0.15, progress) * (1.0 - smoothstep(0.85, 1.0, progress));
    vec2 look = mix(uv, (cell + 0.5) / grid, broken * mosaic);
    vec3 c = mix(IMG_NORM_PIXEL(startImage, look).rgb, IMG_NORM_PIXEL(endImage, look).rgb, share);
    gl_FragColor = vec4(c, 1.0);
}
