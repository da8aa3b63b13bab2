/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Flies through the picture, rolled up into an endless tunnel.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Geometry"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "speed", "LABEL": "Speed", "TYPE": "float", "MIN": -2.0, "MAX": 2.0, "DEFAULT": 0.25},
        {"NAME": "twist", "LABEL": "Twist", "TYPE": "float", "MIN": -2.0, "MAX": 2.0, "DEFAULT": 0.3},
        {"NAME": "walls", "LABEL": "Walls", "TYPE": "long", "VALUES": [1, 2, 3, 4, 6, 8], "LABELS": ["1", "2", "3", "4", "6", "8"], "DEFAULT": 3},
        {"NAME": "stretch", "LABEL": "Depth", "TYPE": "float", "MIN": 0.2, "MAX": 2.0, "DEFAULT": 0.6},
        {"NAME": "dark", "LABEL": "Darkness", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.6},
        {"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]}
    ]
}*/
#include "lib/fold.glsl"

void main() {
    vec2 p = (isf_FragNormCoord - centre) * vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
    float away = max(length(p), 1e-3);
    float depth = -log(away) * stretch;
    float around = atan(p.y, p.x) / 6.28318531 + twist * 0.25 * depth;
    // folded() runs to and fro with period 2, so twice a whole number of walls closes without a seam.
    vec2 at = folded(vec2(around * 2.0 * float(walls), depth + TIME * speed));
    vec3 c = IMG_NORM_PIXEL(inputImage, at).rgb;
    gl_FragColor = vec4(c * mix(1.0, smoothstep(0.0, 0.55, away), dark), 1.0);
}
