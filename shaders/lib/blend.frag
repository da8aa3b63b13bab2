#version 330 core
// Blends two pictures. At fader 0 it is all a, at 1 all b, whatever the mode; in the middle the mode at its full.
uniform sampler2D a_image;
uniform sampler2D b_image;
uniform float fader;
uniform int mode;             // 0 mix, 1 morph, then as in `mixed`
in vec2 uv;
flat in vec3 a_mean;
flat in vec3 b_mean;
out vec4 fragment;

vec3 logit(vec3 c) {
    c = clamp(c, 0.001, 0.999);
    return log(c / (1.0 - c));
}

// A mean of two pictures is greyer than both. Their logits, taken from the mean and set back to the contrast both had
// (a histogram-preserving blend: Heitz and Neyret, 2018), keep their depth all the way.
vec3 morphed(vec3 a, vec3 b) {
    vec3 middle = mix(a_mean, b_mean, fader);
    vec3 apart = mix(logit(a) - a_mean, logit(b) - b_mean, fader);
    float kept = inversesqrt(fader * fader + (1.0 - fader) * (1.0 - fader));
    return 1.0 / (1.0 + exp(-(middle + apart * kept)));
}

vec3 mixed(vec3 a, vec3 b) {
    if (mode == 2) return min(a + b, 1.0);
    if (mode == 3) return a + b - a * b;
    if (mode == 4) return a * b;
    if (mode == 5) return abs(a - b);
    if (mode == 6) return max(a, b);
    if (mode == 7) return min(a, b);
    if (mode == 8) return mix(2.0 * a * b, 1.0 - 2.0 * (1.0 - a) * (1.0 - b), step(0.5, a));
    if (mode == 9) return max(a - b, 0.0);
    return 0.5 * (a + b);
}

void main() {
    vec3 a = textureLod(a_image, uv, 0.0).rgb, b = textureLod(b_image, uv, 0.0).rgb, c;
    if (mode == 1) c = fader <= 0.0 ? a : fader >= 1.0 ? b : morphed(a, b);
    else if (fader < 0.5) c = mix(a, mixed(a, b), 2.0 * fader);
    else c = mix(mixed(a, b), b, 2.0 * fader - 1.0);
    fragment = vec4(clamp(c, 0.0, 1.0), 1.0);
}
