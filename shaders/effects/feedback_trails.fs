/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Light leaves trails that drift, grow and slowly change colour.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Feedback"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "trail", "LABEL": "Trail", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.75},
        {"NAME": "zoom", "LABEL": "Zoom", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.25},
        {"NAME": "turn", "LABEL": "Turn", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.1},
        {"NAME": "hue", "LABEL": "Colour drift", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.2},
        {"NAME": "drift", "LABEL": "Drift", "TYPE": "point2D", "MIN": [-1.0, -1.0], "MAX": [1.0, 1.0], "DEFAULT": [0.0, 0.0]},
        {"NAME": "clear", "LABEL": "Clear", "TYPE": "event"}
    ],
    "PASSES": [
        {"TARGET": "trails", "PERSISTENT": true, "FLOAT": true},
        {}
    ]
}*/
#include "lib/colour.glsl"
#include "lib/fold.glsl"

void main() {
    if (PASSINDEX == 1) {
        gl_FragColor = vec4(IMG_THIS_PIXEL(trails).rgb, 1.0);
        return;
    }
    // All motion is per second, so that 30 and 120 frames a second draw the same trails.
    float dt = clamp(TIMEDELTA, 0.0, 0.1);
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    vec2 p = (isf_FragNormCoord - 0.5) * vec2(aspect, 1.0);
    p = turned(turn * 1.5 * dt) * p * exp(-zoom * 1.2 * dt) - drift * 0.5 * dt;
    vec2 at = p / vec2(aspect, 1.0) + 0.5;
    vec2 inside = step(vec2(0.0), at) * step(at, vec2(1.0));
    vec3 before = IMG_NORM_PIXEL(trails, at).rgb * inside.x * inside.y;
    before = hue_turned(before, hue * 2.0 * dt) * exp(-dt / (0.03 + 2.5 * trail * trail));
    vec3 now = IMG_THIS_PIXEL(inputImage).rgb;
    // Lighten: where the picture is brighter it leads, elsewhere the trail still glows.
    vec3 lit = max(now, before);
    gl_FragColor = vec4(clear || trail <= 0.0 ? now : lit, 1.0);
}
