/*{
    "ISFVSN": "2",
    "DESCRIPTION": "What is heard, band by band, as a ring of light over the picture.",
    "CREDIT": "Clavilux",
    "CATEGORIES": ["Generator"],
    "INPUTS": [
        {"NAME": "bands", "TYPE": "audioFFT", "LABEL": "Bands", "MAX": 64},
        {"NAME": "radius", "LABEL": "Radius", "TYPE": "float", "MIN": 0.05, "MAX": 0.9, "DEFAULT": 0.42},
        {"NAME": "height", "LABEL": "Height", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.45},
        {"NAME": "thickness", "LABEL": "Thickness", "TYPE": "float", "MIN": 0.1, "MAX": 1.0, "DEFAULT": 0.62},
        {"NAME": "turn", "LABEL": "Turn", "TYPE": "float", "MIN": -180.0, "MAX": 180.0, "DEFAULT": 0.0},
        {"NAME": "glow", "LABEL": "Glow", "TYPE": "float", "MIN": 0.0, "MAX": 1.0, "DEFAULT": 0.5},
        {"NAME": "low", "LABEL": "Low", "TYPE": "color", "DEFAULT": [1.0, 0.35, 0.15, 1.0]},
        {"NAME": "high", "LABEL": "High", "TYPE": "color", "DEFAULT": [0.35, 0.75, 1.0, 1.0]}
    ]
}*/
const float BARS = 64.0;

void main() {
    vec2 p = (isf_FragNormCoord - 0.5) * vec2(RENDERSIZE.x / RENDERSIZE.y, 1.0) * 2.0;
    float away = length(p), round_it = fract((atan(p.x, p.y) + radians(turn)) / 6.28318531 + 1.0);
    // Low tones below, high ones above, the same on both sides.
    float place = abs(round_it * 2.0 - 1.0);
    float bar = floor((1.0 - place) * BARS * 0.5 * 0.999), across = fract((1.0 - place) * BARS * 0.5) - 0.5;
    float level = IMG_NORM_PIXEL(bands, vec2((bar * 2.0 + 1.0) / BARS, 0.5)).r;
    float top = radius + height * (0.02 + level);
    float arc = across * 6.28318531 * max(away, 0.05) / BARS, half_width = 3.14159265 * radius / BARS * thickness;
    float px = 2.0 / RENDERSIZE.y;
    float inside = smoothstep(px, -px, abs(arc) - half_width)
                 * smoothstep(-px, px, away - radius) * smoothstep(px, -px, away - top);
    float beyond = max(max(away - top, radius - away), 0.0);
    float halo = glow * 0.55 * level * exp(-beyond * 9.0) * smoothstep(0.0, 0.3, away / radius);
    vec4 c = mix(low, high, bar / (BARS * 0.5));
    float cover = max(inside, halo * (1.0 - inside)) * c.a;
    gl_FragColor = vec4(mix(c.rgb, vec3(1.0), inside * level * 0.35), cover);
}
