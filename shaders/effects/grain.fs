/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Film grain, strongest in the middle tones.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Texture"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "amount", "LABEL": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.2},
        {"NAME": "size", "LABEL": "Size", "TYPE": "float", "MIN": 1.0, "MAX": 6.0, "DEFAULT": 1.5},
        {"NAME": "colour", "LABEL": "Colour", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.25},
        {"NAME": "rate", "LABEL": "Frames a second", "TYPE": "float", "MIN": 0.0, "MAX": 60.0, "DEFAULT": 24.0}
    ]
}*/
#include "lib/colour.glsl"
#include "lib/noise.glsl"

void main() {
    vec3 c = IMG_THIS_PIXEL(inputImage).rgb;
    float moment = mod(floor(TIME * rate), 4096.0);
    // Grains keep their size in the picture, whatever its resolution (counted on 1080 lines).
    vec2 cell = gl_FragCoord.xy / max(size * max(RENDERSIZE.y / 1080.0, 0.5), 1.0);
    vec3 noise = random3(cell, moment) + random3(cell, moment + 4096.0) - 1.0;
    noise = mix(vec3(noise.x), noise, colour);
    float light = luma(c);
    gl_FragColor = vec4(c + noise * amount * (0.12 + 1.2 * light * (1.0 - light)), 1.0);
}
