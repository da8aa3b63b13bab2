/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Bright light spills over into its surroundings.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Light"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "amount", "LABEL": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 3.0, "DEFAULT": 1.2},
        {"NAME": "threshold", "LABEL": "Threshold", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.4},
        {"NAME": "radius", "LABEL": "Radius", "TYPE": "float", "MIN": 0.25, "MAX": 2.0, "DEFAULT": 1.0},
        {"NAME": "tint", "LABEL": "Tint", "TYPE": "color", "DEFAULT": [1.0, 0.95, 0.88, 1.0]}
    ],
    "PASSES": [
        {"TARGET": "half_size", "WIDTH": "ceil($WIDTH/2)", "HEIGHT": "ceil($HEIGHT/2)"},
        {"TARGET": "quarter", "WIDTH": "ceil($WIDTH/4)", "HEIGHT": "ceil($HEIGHT/4)"},
        {"TARGET": "eighth", "WIDTH": "ceil($WIDTH/8)", "HEIGHT": "ceil($HEIGHT/8)"},
        {"TARGET": "sixteenth", "WIDTH": "ceil($WIDTH/16)", "HEIGHT": "ceil($HEIGHT/16)"},
        {"TARGET": "wide", "WIDTH": "ceil($WIDTH/8)", "HEIGHT": "ceil($HEIGHT/8)"},
        {"TARGET": "glow", "WIDTH": "ceil($WIDTH/4)", "HEIGHT": "ceil($HEIGHT/4)"},
        {}
    ]
}*/
#include "lib/colour.glsl"

// Five taps down and eight up widen light cheaply (dual filtering, M. Bjorge, SIGGRAPH 2015).
vec3 smaller(sampler2D image) {
    vec2 d = 0.5 * radius / RENDERSIZE, uv = isf_FragNormCoord;
    vec3 sum = IMG_NORM_PIXEL(image, uv).rgb * 4.0;
    sum += IMG_NORM_PIXEL(image, uv + d).rgb + IMG_NORM_PIXEL(image, uv - d).rgb;
    sum += IMG_NORM_PIXEL(image, uv + vec2(d.x, -d.y)).rgb + IMG_NORM_PIXEL(image, uv + vec2(-d.x, d.y)).rgb;
    return sum / 8.0;
}

vec3 larger(sampler2D image) {
    vec2 d = radius / IMG_SIZE(image), uv = isf_FragNormCoord;
    vec3 sum = IMG_NORM_PIXEL(image, uv + vec2(d.x, 0.0)).rgb + IMG_NORM_PIXEL(image, uv - vec2(d.x, 0.0)).rgb;
    sum += IMG_NORM_PIXEL(image, uv + vec2(0.0, d.y)).rgb + IMG_NORM_PIXEL(image, uv - vec2(0.0, d.y)).rgb;
    d *= 0.5;
    sum += 2.0 * (IMG_NORM_PIXEL(image, uv + d).rgb + IMG_NORM_PIXEL(image, uv - d).rgb);
    sum += 2.0 * (IMG_NORM_PIXEL(image, uv + vec2(d.x, -d.y)).rgb + IMG_NORM_PIXEL(image, uv + vec2(-d.x, d.y)).rgb);
    return sum / 12.0;
}

vec3 bright(vec3 c) {
    float peak = max(c.r, max(c.g, c.b));
    return c * smoothstep(threshold - 0.25, threshold + 0.25, peak);
}

void main() {
    vec3 c;
    if (PASSINDEX == 0) c = bright(smaller(inputImage));
    else if (PASSINDEX == 1) c = smaller(half_size);
    else if (PASSINDEX == 2) c = smaller(quarter);
    else if (PASSINDEX == 3) c = smaller(eighth);
    else if (PASSINDEX == 4) c = mix(larger(sixteenth), IMG_THIS_PIXEL(eighth).rgb, 0.35);
    else if (PASSINDEX == 5) c = mix(larger(wide), IMG_THIS_PIXEL(quarter).rgb, 0.35);
    else {
        vec3 light = larger(glow) * tint.rgb * tint.a * amount;
        c = IMG_THIS_PIXEL(inputImage).rgb;
        c = 1.0 - (1.0 - c) * exp(-light);  // like film: never harder than white
    }
    gl_FragColor = vec4(c, 1.0);
}
