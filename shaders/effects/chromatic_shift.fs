/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Splits light into its colours, from the centre outwards like a lens or along one direction.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Light"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "amount", "LABEL": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.4},
        {"NAME": "straight", "LABEL": "Lens to straight", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.0},
        {"NAME": "angle", "LABEL": "Direction", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0},
        {"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]}
    ]
}*/
#include "lib/fold.glsl"

const int TAPS = 7;

void main() {
    vec2 lens = (isf_FragNormCoord - centre) * length(isf_FragNormCoord - centre) * 2.0;
    vec2 line = vec2(cos(radians(angle)), sin(radians(angle)) * RENDERSIZE.x / RENDERSIZE.y) * 0.35;
    vec2 step_by = mix(lens, line, straight) * amount * 0.3;
    vec3 sum = vec3(0.0), weights = vec3(0.0);
    for (int i = 0; i < TAPS; i++) {
        float t = float(i) / float(TAPS - 1);  // red end to blue end
        vec3 weight = max(1.0 - abs(vec3(t, t - 0.5, t - 1.0)) * 2.0, 0.0);
        vec2 at = isf_FragNormCoord + step_by * (t - 0.5);
        sum += IMG_NORM_PIXEL(inputImage, folded(at)).rgb * weight;
        weights += weight;
    }
    gl_FragColor = vec4(sum / weights, 1.0);
}
