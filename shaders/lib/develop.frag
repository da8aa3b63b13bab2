#version 330 core
// Develops the network's picture: mixes two styles during a crossfade, enlarges with a Catmull-Rom filter, sets colour.
uniform sampler2D now_image;
uniform sampler2D before_image;
uniform vec2 now_region;      // texels in use, lower left
uniform vec2 before_region;
uniform float fade;           // 0 = all `before`, 1 = all `now`
uniform vec2 output_size;
uniform vec4 colour;          // hue in radians, saturation, contrast, brightness
in vec2 uv;
out vec4 fragment;

#include "enlarge.glsl"

// Rotation about the grey axis (Rodrigues), so that greys stay grey.
vec3 turned_hue(vec3 c, float angle) {
    const vec3 axis = vec3(0.57735027);
    float s = sin(angle), k = cos(angle);
    return c * k + cross(axis, c) * s + axis * dot(axis, c) * (1.0 - k);
}

void main() {
    vec3 c = enlarged(now_image, now_region, uv, output_size);
    if (fade < 1.0) c = mix(enlarged(before_image, before_region, uv, output_size), c, fade);
    if (colour != vec4(0.0, 1.0, 1.0, 1.0)) {
        c = turned_hue(c, colour.x);
        c = mix(vec3(dot(c, vec3(0.2126, 0.7152, 0.0722))), c, colour.y);
        c = ((c - 0.5) * colour.z + 0.5) * colour.w;
    }
    fragment = vec4(clamp(c, 0.0, 1.0), 1.0);
}
