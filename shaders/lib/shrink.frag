#version 330 core
// Shrinks a picture by a whole number: each pixel the mean of times × times pixels, taken in linear light.
uniform sampler2D image;
uniform int times;
in vec2 uv;
out vec4 fragment;

vec3 linear_light(vec3 c) {
    return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c));
}

vec3 shown(vec3 c) {
    return mix(c * 12.92, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c));
}

void main() {
    ivec2 corner = ivec2(gl_FragCoord.xy) * times;
    vec3 sum = vec3(0.0);
    for (int y = 0; y < times; y++)
        for (int x = 0; x < times; x++)
            sum += linear_light(texelFetch(image, corner + ivec2(x, y), 0).rgb);
    fragment = vec4(shown(sum / float(times * times)), 1.0);
}
