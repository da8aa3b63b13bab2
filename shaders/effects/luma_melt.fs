/*{
    "ISFVSN": "2",
    "DESCRIPTION": "The dark parts of the picture melt into the next one first, its lights last (or the other way round).",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Transition"],
    "INPUTS": [
        {"NAME": "startImage", "TYPE": "image"},
        {"NAME": "endImage", "TYPE": "image"},
        {"NAME": "progress", "LABEL": "Progress", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "softness", "LABEL": "Softness", "TYPE": "float", "MIN": 0.02, "MAX": 2.0, "DEFAULT": 0.45},
        {"NAME": "flow", "LABEL": "Flow", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.4},
        {"NAME": "lights_first", "LABEL": "Lights first", "TYPE": "bool", "DEFAULT": false}
    ],
    "PASSES": [
        {"TARGET": "levels", "FLOAT": true, "WIDTH": 1, "HEIGHT": 1},
        {}
    ]
}*/
#include "lib/colour.glsl"
#include "lib/fold.glsl"

float light(vec2 uv) {
    return sqrt(luma(IMG_NORM_PIXEL(startImage, uv).rgb));
}

// Mean and spread of the whole picture's light: bright and dark pictures melt in the same time.
vec4 measured() {
    float sum = 0.0, squares = 0.0;
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++) {
            float l = light((vec2(x, y) + 0.5) / 8.0);
            sum += l;
            squares += l * l;
        }
    float mean = sum / 64.0;
    return vec4(mean, sqrt(max(squares / 64.0 - mean * mean, 1e-4)), 0.0, 1.0);
}

void main() {
    if (PASSINDEX == 0) {
        gl_FragColor = measured();
        return;
    }
    vec2 uv = isf_FragNormCoord, d = vec2(RENDERSIZE.y / RENDERSIZE.x, 1.0) * 0.02;
    // The slope of a coarse picture: what melts runs along it.
    vec2 slope = vec2(light(uv + vec2(d.x, 0.0)) - light(uv - vec2(d.x, 0.0)),
                      light(uv + vec2(0.0, d.y)) - light(uv - vec2(0.0, d.y)));
    vec2 level = IMG_NORM_PIXEL(levels, vec2(0.5)).xy;
    float at = clamp(0.5 + 0.25 * (light(uv) - level.x) / max(level.y, 0.02), 0.0, 1.0);
    if (lights_first) at = 1.0 - at;
    float share = smoothstep(0.0, softness, progress * (1.0 + softness) - at);
    vec2 run = slope * flow * 0.25 * share * (1.0 - progress);
    vec3 a = IMG_NORM_PIXEL(startImage, folded(uv + run)).rgb;
    gl_FragColor = vec4(mix(a, IMG_THIS_PIXEL(endImage).rgb, share), 1.0);
}
