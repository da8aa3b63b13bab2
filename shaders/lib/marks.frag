#version 330 core
// Marks the cells in which the half picture is curved: a texel per cell, 1 where enlarging may be wrong by `most`.
uniform sampler2D image;      // the half picture
uniform vec2 region;          // its texels in use
uniform int cell;             // side of a cell in its texels
uniform float most;
out vec4 fragment;

vec3 texel(ivec2 at) { return texelFetch(image, clamp(at, ivec2(0), ivec2(region) - 1), 0).rgb; }

void main() {
    ivec2 corner = ivec2(gl_FragCoord.xy) * cell;
    vec3 worst = vec3(0.0);
    for (int j = 0; j < cell; j++) {
        vec3 left = texel(corner + ivec2(-1, j)), here = texel(corner + ivec2(0, j));
        for (int i = 0; i < cell; i++) {
            ivec2 at = corner + ivec2(i, j);
            vec3 right = texel(at + ivec2(1, 0));
            vec3 along = abs(left + right - 2.0 * here);
            vec3 up = abs(texel(at - ivec2(0, 1)) + texel(at + ivec2(0, 1)) - 2.0 * here);
            worst = max(worst, max(along, up));
            left = here;
            here = right;
        }
    }
    // Between two samples, a quarter of their distance from one, a straight line is off by 3/32 of that difference.
    float error = max(max(worst.r, worst.g), worst.b) * (3.0 / 32.0);
    fragment = vec4(error > most ? 1.0 : 0.0);
}
