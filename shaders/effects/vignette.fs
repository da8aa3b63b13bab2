/*{
    "ISFVSN": "2",
    "DESCRIPTION": "Lets the picture sink into a colour towards its edges.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Light"],
    "INPUTS": [
        {"NAME": "inputImage", "TYPE": "image"},
        {"NAME": "amount", "LABEL": "Amount", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.85},
        {"NAME": "size", "LABEL": "Size", "TYPE": "float", "MIN": 0.0, "MAX": 1.5, "DEFAULT": 0.55},
        {"NAME": "softness", "LABEL": "Softness", "TYPE": "float", "MIN": 0.01, "MAX": 1.0, "DEFAULT": 0.6},
        {"NAME": "roundness", "LABEL": "Roundness", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.4},
        {"NAME": "tint", "LABEL": "Colour", "TYPE": "color", "DEFAULT": [0.0, 0.0, 0.0, 1.0]}
    ]
}*/
void main() {
    vec2 p = (isf_FragNormCoord - 0.5) * 2.0;
    p.x *= mix(1.0, RENDERSIZE.x / RENDERSIZE.y, roundness);
    float power = mix(4.0, 2.0, roundness);
    vec2 raised = pow(abs(p), vec2(power));
    float dark = smoothstep(size, size + softness * 1.5, pow(raised.x + raised.y, 1.0 / power));
    vec3 c = IMG_THIS_PIXEL(inputImage).rgb;
    gl_FragColor = vec4(mix(c, tint.rgb, dark * amount * tint.a), 1.0);
}
