/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Rings run outwards as over water, bending and lighting the picture.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Distortion"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "amount", "LABEL": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.35},
        {"NAME": "waves", "LABEL": "Waves", "TYPE": "float", "MIN": 1.0, "MAX": 24.0, "DEFAULT": 7.0},
        {"NAME": "speed", "LABEL": "Speed", "TYPE": "float", "MIN": -3.0, "MAX": 3.0, "DEFAULT": 0.6},
        {"NAME": "light", "LABEL": "Light", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.4},
        {"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]}
    ]
}*/
#include "lib/fold.glsl"

void main() {
    float aspect = RENDERSIZE.x / RENDERSIZE.y;
    vec2 p = (isf_FragNormCoord - centre) * vec2(aspect, 1.0);
    float away = length(p);
    float phase = 6.28318531 * (away * waves - TIME * speed);
    // Flat crests and sharp troughs, dying away outwards; calm at the very centre where no ring fits.
    float slope = cos(phase + 0.4 * sin(phase)) * exp(-away * 1.2) * smoothstep(0.0, 0.25, away * waves);
    vec2 bend = p / max(away, 1e-4) * slope * amount * 0.9 / (waves + 4.0);
    vec3 c = IMG_NORM_PIXEL(inputImage, folded(isf_FragNormCoord + bend / vec2(aspect, 1.0))).rgb;
    float lit = dot(p / max(away, 1e-4), vec2(-0.6, 0.8)) * slope * light * amount;
    gl_FragColor = vec4(c * (1.0 + lit) + max(lit - 0.06, 0.0) * 0.8, 1.0);
}
