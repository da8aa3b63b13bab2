#version 330 core
// A small copy of the picture in linear light: each texel the mean of `taps` × `taps` smooth samples.
uniform sampler2D image;
uniform int taps;
in vec2 uv;
out vec4 fragment;

// sRGB without pow(), within 0.003 (see flash_mix.frag).
vec3 linear_light(vec3 c) {
    return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878);
}

void main() {
    vec2 texel = 1.0 / vec2(textureSize(image, 0));
    vec3 sum = vec3(0.0);
    for (int y = 0; y < taps; y++)
        for (int x = 0; x < taps; x++)
            sum += linear_light(textureLod(image, uv + (2.0 * vec2(x, y) + 1.0 - float(taps)) * texel, 0.0).rgb);
    fragment = vec4(sum / float(taps * taps), 1.0);
}
