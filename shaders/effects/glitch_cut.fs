/*{
    "ISFVSN": "2",
    "DESCRIPTION": "A torn signal: strips of the picture slip sideways and come back as the next one.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Transition"],
    "INPUTS": [
        {"NAME": "startImage", "TYPE": "image"},
        {"NAME": "endImage", "TYPE": "image"},
        {"NAME": "progress", "LABEL": "Progress", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "tear", "LABEL": "Tear", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "strips", "LABEL": "Strips", "TYPE": "float", "MIN": 4.0, "MAX": 60.0, "DEFAULT": 18.0},
        {"NAME": "split", "LABEL": "Colour split", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "rate", "LABEL": "Tears a second", "TYPE": "float", "MIN": 1.0, "MAX": 24.0, "DEFAULT": 10.0}
    ]
}*/
#include "lib/fold.glsl"
#include "lib/noise.glsl"

vec3 seen(vec2 at, float share) {
    return mix(IMG_NORM_PIXEL(startImage, folded(at)).rgb, IMG_NORM_PIXEL(endImage, folded(at)).rgb, share);
}

void main() {
    vec2 uv = isf_FragNormCoord;
    float beat = mod(floor(TIME * rate), 4096.0), force = progress * (1.0 - progress) * 4.0;
    // Two sizes of strips, the broad ones anew at each tear.
    float fine = floor(uv.y * strips), broad = floor(uv.y * strips * 0.23 + random3(vec2(7.0), beat).x);
    vec3 a = random3(vec2(fine, 1.0), beat), b = random3(vec2(broad, 2.0), beat);
    float slip = (b.x - 0.5) * step(1.0 - 0.7 * force, b.y) * 0.5 + (a.x - 0.5) * step(1.0 - 0.5 * force, a.y) * 0.15;
    slip *= tear * force;
    // A strip's turn comes once and for all: no strip goes back and forth.
    float turn = mix(random3(vec2(fine, 5.0), 0.0).x, random3(vec2(floor(uv.y * strips * 0.23), 6.0), 0.0).x, 0.6);
    float share = smoothstep(0.0, 0.06, progress * 1.06 - turn);
    float apart = split * force * (0.006 + 0.05 * abs(slip));
    vec2 at = uv + vec2(slip, 0.0), side = vec2(apart, 0.0);
    gl_FragColor = vec4(seen(at + side, share).r, seen(at, share).g, seen(at - side, share).b, 1.0);
}
