/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Folds the picture along one or two axes; the seam can turn.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Geometry"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "mode", "LABEL": "Mode", "TYPE": "long", "VALUES": [0, 1, 2], "LABELS": ["Left and right", "Up and down", "Four corners"], "DEFAULT": 0},
        {"NAME": "angle", "LABEL": "Angle", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0},
        {"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]},
        {"NAME": "swap", "LABEL": "Other half", "TYPE": "bool", "DEFAULT": false}
    ]
}*/
#include "lib/fold.glsl"

void main() {
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    vec2 p = (isf_FragNormCoord - centre) * vec2(aspect, 1.0);
    mat2 turn = turned(radians(angle));
    p = transpose(turn) * p;
    vec2 side = swap ? -abs(p) : abs(p);
    p = vec2(mode == 1 ? p.x : side.x, mode == 0 ? p.y : side.y);
    p = turn * p;
    gl_FragColor = IMG_NORM_PIXEL(inputImage, folded(p / vec2(aspect, 1.0) + centre));
}
