/*{
    "ISFVSN": "2",
    "DESCRIPTION": "A soft front goes over the picture and leaves the next one behind.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Transition"],
    "INPUTS": [
        {"NAME": "startImage", "TYPE": "image"},
        {"NAME": "endImage", "TYPE": "image"},
        {"NAME": "progress", "LABEL": "Progress", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "angle", "LABEL": "Angle", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 20.0},
        {"NAME": "softness", "LABEL": "Softness", "TYPE": "float", "MIN": 0.01, "MAX": 2.0, "DEFAULT": 0.5}
    ]
}*/
#include "lib/noise.glsl"

void main() {
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    vec2 p = (isf_FragNormCoord - 0.5) * vec2(aspect, 1.0);
    vec2 way = vec2(cos(radians(angle)), sin(radians(angle)));
    float at = 0.5 + 0.5 * dot(p, way) / (0.5 * (abs(way.x) * aspect + abs(way.y)));
    at = mix(at, soft_noise(p * 3.0 + 17.0, 0.0), 0.18);  // a front that is not drawn with a ruler
    float share = smoothstep(0.0, softness, progress * (1.0 + softness) - at);
    gl_FragColor = vec4(mix(IMG_THIS_PIXEL(startImage).rgb, IMG_THIS_PIXEL(endImage).rgb, share), 1.0);
}
