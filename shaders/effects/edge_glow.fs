/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Draws the picture's contours as neon tubes over its darkened self.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Light"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "strength", "LABEL": "Strength", "TYPE": "float", "MIN": 0.0, "MAX": 4.0, "DEFAULT": 1.6},
        {"NAME": "width", "LABEL": "Width", "TYPE": "float", "MIN": 0.5, "MAX": 6.0, "DEFAULT": 1.5},
        {"NAME": "glow", "LABEL": "Glow", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.6},
        {"NAME": "background", "LABEL": "Background", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.18},
        {"NAME": "own_colour", "LABEL": "Picture's colours", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.7},
        {"NAME": "tint", "LABEL": "Tint", "TYPE": "color", "DEFAULT": [0.25, 0.85, 1.0, 1.0]}
    ],
    "PASSES": [
        {"TARGET": "edges"},
        {"TARGET": "soft", "WIDTH": "ceil($WIDTH/4)", "HEIGHT": "ceil($HEIGHT/4)"},
        {}
    ]
}*/
#include "lib/colour.glsl"

vec3 at(vec2 pixels) {
    return IMG_NORM_PIXEL(inputImage, isf_FragNormCoord + pixels * width * RENDERSIZE.y / 360.0 / RENDERSIZE).rgb;
}

// Sobel on all three channels: a change of hue is a contour too.
vec3 contours() {
    vec3 a = at(vec2(-1.0, -1.0)), b = at(vec2(0.0, -1.0)), c = at(vec2(1.0, -1.0));
    vec3 d = at(vec2(-1.0, 0.0)), f = at(vec2(1.0, 0.0));
    vec3 g = at(vec2(-1.0, 1.0)), h = at(vec2(0.0, 1.0)), i = at(vec2(1.0, 1.0));
    vec3 across = c + 2.0 * f + i - a - 2.0 * d - g;
    vec3 up = g + 2.0 * h + i - a - 2.0 * b - c;
    float edge = length(sqrt(across * across + up * up)) / width;
    vec3 own = at(vec2(0.0));
    own /= max(max(own.r, max(own.g, own.b)), 0.15);
    edge = edge * edge / (edge * edge + 0.12);  // soft fields stay dark, contours saturate
    return mix(tint.rgb * tint.a, own, own_colour) * edge;
}

void main() {
    if (PASSINDEX == 0) {
        gl_FragColor = vec4(contours(), 1.0);
        return;
    }
    if (PASSINDEX == 1) {
        vec2 d = 1.5 / RENDERSIZE;
        vec3 sum = vec3(0.0);
        for (int y = -1; y <= 1; y++)
            for (int x = -1; x <= 1; x++)
                sum += IMG_NORM_PIXEL(edges, isf_FragNormCoord + vec2(x, y) * d).rgb;
        gl_FragColor = vec4(sum / 9.0, 1.0);
        return;
    }
    vec3 tube = IMG_THIS_PIXEL(edges).rgb;
    vec3 halo = IMG_THIS_PIXEL(soft).rgb;
    vec3 c = IMG_THIS_PIXEL(inputImage).rgb * background;
    gl_FragColor = vec4(1.0 - (1.0 - c) * exp(-strength * (tube + glow * halo)), 1.0);
}
