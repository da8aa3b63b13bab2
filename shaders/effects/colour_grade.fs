/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Leads the picture's light through a palette, then sets lift, gamma, gain, warmth and saturation.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Colour"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "palette", "LABEL": "Palette", "TYPE": "long", "VALUES": [0, 1, 2, 3, 4, 5, 6, 7], "LABELS": ["Dusk", "Ember", "Lagoon", "Neon", "Aurora", "Rose gold", "Infrared", "Silver"], "DEFAULT": 0},
        {"NAME": "amount", "LABEL": "Palette amount", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.75},
        {"NAME": "shift", "LABEL": "Palette shift", "TYPE": "float", "MIN": -0.5, "MAX": 0.5, "DEFAULT": 0.0},
        {"NAME": "lift", "LABEL": "Lift", "TYPE": "float", "MIN": -0.5, "MAX": 0.5, "DEFAULT": 0.0},
        {"NAME": "gamma", "LABEL": "Gamma", "TYPE": "float", "MIN": 0.3, "MAX": 3.0, "DEFAULT": 1.0},
        {"NAME": "gain", "LABEL": "Gain", "TYPE": "float", "MIN": 0.0, "MAX": 2.0, "DEFAULT": 1.1},
        {"NAME": "warmth", "LABEL": "Warmth", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.0},
        {"NAME": "saturation", "LABEL": "Saturation", "TYPE": "float", "MIN": 0.0, "MAX": 2.0, "DEFAULT": 1.1}
    ]
}*/
#include "lib/colour.glsl"

// Five stops, dark to light.
const vec3 STOPS[40] = vec3[40](
    vec3(0.05, 0.03, 0.14), vec3(0.28, 0.10, 0.42), vec3(0.80, 0.22, 0.45), vec3(0.99, 0.58, 0.36), vec3(1.00, 0.93, 0.72),
    vec3(0.02, 0.01, 0.02), vec3(0.30, 0.03, 0.06), vec3(0.82, 0.17, 0.04), vec3(1.00, 0.58, 0.10), vec3(1.00, 0.95, 0.70),
    vec3(0.01, 0.05, 0.12), vec3(0.02, 0.22, 0.36), vec3(0.05, 0.55, 0.60), vec3(0.45, 0.86, 0.74), vec3(0.96, 0.98, 0.86),
    vec3(0.03, 0.00, 0.10), vec3(0.30, 0.02, 0.62), vec3(0.95, 0.05, 0.65), vec3(0.20, 0.75, 1.00), vec3(0.85, 1.00, 0.98),
    vec3(0.01, 0.02, 0.10), vec3(0.07, 0.15, 0.42), vec3(0.05, 0.58, 0.48), vec3(0.55, 0.92, 0.42), vec3(0.95, 0.90, 1.00),
    vec3(0.09, 0.04, 0.07), vec3(0.38, 0.16, 0.22), vec3(0.76, 0.42, 0.40), vec3(0.95, 0.72, 0.58), vec3(1.00, 0.95, 0.90),
    vec3(0.02, 0.02, 0.12), vec3(0.40, 0.02, 0.35), vec3(0.90, 0.10, 0.16), vec3(1.00, 0.80, 0.12), vec3(0.90, 1.00, 0.90),
    vec3(0.02, 0.02, 0.03), vec3(0.20, 0.22, 0.26), vec3(0.50, 0.52, 0.56), vec3(0.80, 0.82, 0.84), vec3(1.00, 1.00, 0.98)
);

vec3 through(float light) {
    float at = clamp(light, 0.0, 1.0) * 4.0;
    int low = clamp(palette, 0, 7) * 5 + int(min(floor(at), 3.0));
    float f = at - min(floor(at), 3.0);
    return mix(STOPS[low], STOPS[low + 1], f * f * (3.0 - 2.0 * f));
}

void main() {
    vec3 c = IMG_THIS_PIXEL(inputImage).rgb;
    float light = luma(c) * 0.7 + max(c.r, max(c.g, c.b)) * 0.3;
    // A shifted palette runs to and fro rather than jumping from its light to its dark end.
    float at = abs(mod(light + shift + 1.0, 2.0) - 1.0);
    c = mix(c, through(shift == 0.0 ? light : 1.0 - at), amount);
    c = pow(max(c * gain + lift * (1.0 - c), 0.0), vec3(1.0 / gamma));
    c *= vec3(1.0 + 0.25 * warmth, 1.0, 1.0 - 0.25 * warmth);
    gl_FragColor = vec4(mix(vec3(luma(c)), c, saturation), 1.0);
}
