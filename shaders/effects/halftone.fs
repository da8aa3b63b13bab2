/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Prints the picture in dots that grow with its light.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Texture"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "size", "LABEL": "Dot size", "TYPE": "float", "MIN": 4.0, "MAX": 60.0, "DEFAULT": 16.0},
        {"NAME": "angle", "LABEL": "Angle", "TYPE": "float", "MIN": -90.0, "MAX": 90.0, "DEFAULT": 22.5},
        {"NAME": "sharpness", "LABEL": "Sharpness", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.75},
        {"NAME": "print", "LABEL": "Ink on paper", "TYPE": "bool", "DEFAULT": false},
        {"NAME": "ground", "LABEL": "Ground", "TYPE": "color", "DEFAULT": [0.015, 0.01, 0.035, 1.0]},
        {"NAME": "mixed", "LABEL": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 1.0}
    ]
}*/
#include "lib/colour.glsl"
#include "lib/fold.glsl"

void main() {
    // Dots are counted on a picture 720 lines high.
    float dot_px = size * RENDERSIZE.y / 720.0;
    mat2 turn = turned(radians(angle));
    vec2 p = transpose(turn) * (gl_FragCoord.xy - RENDERSIZE * 0.5) / dot_px;
    vec2 cell = floor(p) + 0.5;
    vec2 middle = (turn * cell * dot_px + RENDERSIZE * 0.5) / RENDERSIZE;
    vec3 c = IMG_NORM_PIXEL(inputImage, clamp(middle, 0.0, 1.0)).rgb;
    float light = max(luma(c), max(c.r, max(c.g, c.b)) * 0.7);
    float ink = print ? 1.0 - light : light;
    float edge = mix(0.5, 0.75 / dot_px, sharpness);
    float covered = 1.0 - smoothstep(-edge, edge, length(p - cell) - 0.72 * sqrt(clamp(ink, 0.0, 1.0)));
    vec3 lit = print ? c * 0.55 : c / max(light, 0.35);
    vec3 paper = ground.rgb * ground.a;
    if (print) paper = vec3(0.96, 0.94, 0.88) * (1.0 - paper);
    gl_FragColor = vec4(mix(IMG_THIS_PIXEL(inputImage).rgb, mix(paper, lit, covered), mixed), 1.0);
}
