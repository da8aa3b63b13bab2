/*{
    "ISFVSN": "2",
    "DESCRIPTION": "A flight through stars, to lie over a picture or to be one.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Generator"],
    "INPUTS": [
        {"NAME": "speed", "LABEL": "Speed", "TYPE": "float", "MIN": -2.0, "MAX": 2.0, "DEFAULT": 0.35},
        {"NAME": "density", "LABEL": "Density", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.55},
        {"NAME": "size", "LABEL": "Size", "TYPE": "float", "MIN": 0.2, "MAX": 4.0, "DEFAULT": 1.0},
        {"NAME": "turn", "LABEL": "Turn", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.05},
        {"NAME": "tint", "LABEL": "Tint", "TYPE": "color", "DEFAULT": [0.75, 0.88, 1.0, 1.0]},
        {"NAME": "sky", "LABEL": "Sky", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.0}
    ],
    "PASSES": [
        {"TARGET": "flown", "PERSISTENT": true, "FLOAT": true, "WIDTH": 1, "HEIGHT": 1},
        {}
    ]
}*/
#include "lib/fold.glsl"
#include "lib/noise.glsl"

const float LAYERS = 5.0;

void main() {
    // What was flown and turned is added up, so that music may move both without leaps.
    vec2 way = IMG_NORM_PIXEL(flown, vec2(0.5)).xy;
    if (PASSINDEX == 0) {
        float dt = clamp(TIMEDELTA, 0.0, 0.1);
        gl_FragColor = vec4(mod(way + vec2(speed, turn) * dt, vec2(4096.0, 6.28318531)), 0.0, 1.0);
        return;
    }
    vec2 p = turned(way.y) * (isf_FragNormCoord - 0.5) * vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0);
    float glow = 0.0;
    for (float layer = 0.0; layer < LAYERS; layer++) {
        float depth = fract(way.x + layer / LAYERS), round_trip = floor(way.x + layer / LAYERS);
        vec2 at = p * mix(14.0, 1.2, depth) + 40.0 * layer;
        vec2 cell = floor(at);
        vec3 dice = random3(cell, layer * 64.0 + mod(round_trip, 64.0));
        vec2 spot = cell + 0.5 + (dice.xy - 0.5) * 0.7;
        float away = length(at - spot) / (size * mix(0.04, 0.14, dice.z));
        float there = step(dice.x * dice.y * 4.0, density * density * 2.2);
        glow += there * (0.35 / (0.35 + away * away * away)) * smoothstep(0.0, 0.3, depth) * smoothstep(1.0, 0.85, depth);
    }
    glow = min(glow, 1.0) * smoothstep(0.0, 0.04, length(p));
    vec3 night = sky * mix(vec3(0.01, 0.015, 0.04), vec3(0.05, 0.03, 0.12), isf_FragNormCoord.y);
    float cover = max(glow * tint.a, sky);
    gl_FragColor = vec4(mix(night, tint.rgb, glow * tint.a / max(cover, 1e-4)), cover);
}
