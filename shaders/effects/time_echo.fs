/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Shows the past: the further from the centre (or down the picture), the longer ago.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Feedback"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "shape", "LABEL": "Shape", "TYPE": "long", "VALUES": [0, 1, 2, 3], "LABELS": ["Rings", "Downwards", "Sideways", "By light"], "DEFAULT": 0},
        {"NAME": "seconds", "LABEL": "Seconds back", "TYPE": "float", "MIN": 0.1, "MAX": 6.0, "DEFAULT": 1.5},
        {"NAME": "amount", "LABEL": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 1.0},
        {"NAME": "centre", "LABEL": "Centre", "TYPE": "point2D", "MIN": [0.0, 0.0], "MAX": [1.0, 1.0], "DEFAULT": [0.5, 0.5]},
        {"NAME": "reverse", "LABEL": "Reverse", "TYPE": "bool", "DEFAULT": false}
    ],
    "PASSES": [
        {"TARGET": "past", "PERSISTENT": true, "WIDTH": "$WIDTH*1.5", "HEIGHT": "$HEIGHT*1.5"},
        {}
    ]
}*/
#include "lib/colour.glsl"

const float SIDE = 4.0, KEPT = 16.0;

float newest() {
    return floor(TIME * (KEPT - 2.0) / seconds);
}

vec3 kept(float index) {
    float slot = mod(index, KEPT);
    vec2 inside = clamp(isf_FragNormCoord, vec2(1.0) / IMG_SIZE(past), 1.0 - SIDE / IMG_SIZE(past));
    return IMG_NORM_PIXEL(past, (vec2(mod(slot, SIDE), floor(slot / SIDE)) + inside) / SIDE).rgb;
}

void main() {
    vec2 uv = isf_FragNormCoord;
    if (PASSINDEX == 0) {
        // A sheet of sixteen small pictures, one overwritten after the other; all of them at the very start.
        vec2 place = floor(uv * SIDE);
        bool now = mod(newest(), KEPT) == place.y * SIDE + place.x || FRAMEINDEX == 0 || IMG_THIS_PIXEL(past).a < 0.5;
        gl_FragColor = now ? vec4(IMG_NORM_PIXEL(inputImage, fract(uv * SIDE)).rgb, 1.0) : IMG_THIS_PIXEL(past);
        return;
    }
    vec3 c = IMG_THIS_PIXEL(inputImage).rgb;
    float ago = length((uv - centre) * vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0)) / 0.9;
    if (shape == 1) ago = 1.0 - uv.y;
    if (shape == 2) ago = uv.x;
    if (shape == 3) ago = 1.0 - luma(c);
    ago = clamp(reverse ? 1.0 - ago : ago, 0.0, 1.0) * (KEPT - 2.0);
    float exact = TIME * (KEPT - 2.0) / seconds - ago;
    vec3 then = mix(kept(floor(exact)), kept(min(floor(exact) + 1.0, newest())), fract(exact));
    gl_FragColor = vec4(mix(c, mix(c, then, clamp(ago, 0.0, 1.0)), amount), 1.0);
}
