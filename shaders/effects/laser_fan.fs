/*{
    "ISFVSN": "2",
    "DESCRIPTION": "A fan of beams that sweeps through haze, over the picture.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Generator"],
    "INPUTS": [
        {"NAME": "beams", "LABEL": "Beams", "TYPE": "long", "MIN": 1, "MAX": 12, "DEFAULT": 7},
        {"NAME": "spread", "LABEL": "Spread", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.55},
        {"NAME": "sweep", "LABEL": "Sweep", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.0},
        {"NAME": "thickness", "LABEL": "Thickness", "TYPE": "float", "MIN": 0.1, "MAX": 3.0, "DEFAULT": 1.0},
        {"NAME": "haze", "LABEL": "Haze", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "level", "LABEL": "Level", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.9},
        {"NAME": "origin", "LABEL": "Origin", "TYPE": "point2D", "MIN": [0.0, -0.5], "MAX": [1.0, 1.5], "DEFAULT": [0.5, -0.08]},
        {"NAME": "tint", "LABEL": "Tint", "TYPE": "color", "DEFAULT": [0.2, 1.0, 0.55, 1.0]}
    ]
}*/
#include "lib/noise.glsl"

void main() {
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    vec2 p = (isf_FragNormCoord - origin) * vec2(aspect, 1.0);
    float away = length(p), bearing = atan(p.x, p.y), light = 0.0;
    for (int i = 0; i < beams; i++) {
        float place = beams > 1 ? float(i) / float(beams - 1) - 0.5 : 0.0;
        float off = bearing - place * spread * 2.6 - sweep * 1.2;
        float side = abs(sin(off)) * away;
        float ahead = step(0.0, cos(off));
        float core = thickness * (0.0022 + 0.0035 * away);
        light += ahead * (core * core / (core * core + side * side) + 0.35 * haze * exp(-side * 22.0 / thickness));
    }
    // Smoke drifts through the light.
    float smoke = soft_noise(p * 3.5 + vec2(TIME * 0.11, -TIME * 0.07), 1.0) * 0.6
                + soft_noise(p * 8.0 - vec2(TIME * 0.17, TIME * 0.05), 2.0) * 0.4;
    light *= mix(1.0, 0.35 + 1.1 * smoke, haze) * exp(-away * 0.55);
    vec3 c = mix(tint.rgb, vec3(1.0), smoothstep(0.75, 1.6, light) * 0.6);
    gl_FragColor = vec4(c, clamp(light, 0.0, 1.0) * level * tint.a);
}
