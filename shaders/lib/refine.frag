#version 330 core
// Enlarges the half picture wherever the full one was not drawn.
uniform sampler2D image;
uniform sampler2D marks;
uniform vec2 region;          // texels of `image` in use
uniform vec2 size;            // of the full picture
uniform int cell;
out vec4 fragment;

#include "enlarge.glsl"

void main() {
    if (texelFetch(marks, ivec2(gl_FragCoord.xy) / cell, 0).r > 0.5) discard;
    fragment = vec4(enlarged(image, region, gl_FragCoord.xy / size, size), 1.0);
}
