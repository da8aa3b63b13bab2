/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Rushes into the picture and comes out in the next one.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Transition"],
    "INPUTS": [
        {"NAME": "startImage", "TYPE": "image"},
        {"NAME": "endImage", "TYPE": "image"},
        {"NAME": "progress", "LABEL": "Progress", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "depth", "LABEL": "Depth", "TYPE": "float", "MIN": 0.2, "MAX": 6.0, "DEFAULT": 2.0},
        {"NAME": "blur", "LABEL": "Blur", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.6},
        {"NAME": "turn", "LABEL": "Turn", "TYPE": "float", "MIN": -1.0, "MAX": 1.0, "DEFAULT": 0.15}
    ]
}*/
#include "lib/fold.glsl"
#include "lib/noise.glsl"

const int TAPS = 7;

void main() {
    float aspect = RENDERSIZE.x / RENDERSIZE.y, p = progress;
    vec2 at = (isf_FragNormCoord - 0.5) * vec2(aspect, 1.0);
    float near = 1.0 / (1.0 + depth * p * p * p), far = 1.0 + depth * (1.0 - p) * (1.0 - p) * (1.0 - p);
    mat2 left = turned(turn * 1.5 * p * p * p), right = turned(-turn * 1.5 * (1.0 - p) * (1.0 - p) * (1.0 - p));
    float share = smoothstep(0.35, 0.65, p);
    float length_of_rays = blur * 1.6 * p * (1.0 - p);
    float jitter = random3(gl_FragCoord.xy, 1.0).x / float(TAPS);  // grain instead of rings
    vec3 sum = vec3(0.0);
    for (int i = 0; i < TAPS; i++) {
        float pull = 1.0 - length_of_rays * (float(i) / float(TAPS) + jitter);
        vec2 a = left * at * near * pull, b = right * at * far * pull;
        vec3 old = IMG_NORM_PIXEL(startImage, folded(a / vec2(aspect, 1.0) + 0.5)).rgb;
        vec3 new = IMG_NORM_PIXEL(endImage, folded(b / vec2(aspect, 1.0) + 0.5)).rgb;
        sum += mix(old, new, share);
    }
    gl_FragColor = vec4(sum / float(TAPS), 1.0);
}
