/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Mirrors a turning wedge of the picture around a centre.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Geometry"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "sides", "LABEL": "Sides", "TYPE": "float", "MIN": 2.0, "MAX": 16.0, "DEFAULT": 6.0},
        {"NAME": "angle", "LABEL": "Angle", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 30.0},
        {"NAME": "spin", "LABEL": "Spin", "TYPE": "float", "MIN": -90.0, "MAX": 90.0, "DEFAULT": 6.0},
        {"NAME": "zoom", "LABEL": "Zoom", "TYPE": "float", "MIN": 0.25, "MAX": 4.0, "DEFAULT": 1.2},
        {"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]}
    ]
}*/
#include "lib/fold.glsl"

void main() {
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    vec2 p = (isf_FragNormCoord - 0.5) * vec2(aspect, 1.0);
    // Half a turn at most, so that the seam of atan never shows for fractional sides: wedges meet mirrored.
    float wedge = 3.14159265 / floor(sides + 0.5);
    float around = abs(mod(atan(p.y, p.x) + wedge * 0.5, 2.0 * wedge) - wedge);
    vec2 q = length(p) / zoom * vec2(cos(around), sin(around));
    q = turned(radians(angle + spin * TIME)) * q;
    gl_FragColor = IMG_NORM_PIXEL(inputImage, folded(q / vec2(aspect, 1.0) + centre));
}
