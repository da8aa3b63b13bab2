#version 330 core
// Weaves new and old rows: every other row is new; an old one is pulled to what its new neighbours say if it is far off.
uniform sampler2D new_rows;
uniform sampler2D old_rows;
uniform int newest;           // 0: the even rows are new, 1: the odd ones
uniform int new_height;
out vec4 fragment;

const float SLACK = 0.25;     // of the neighbours' difference; keeps lines that are one row thin
const float LEAST = 1.0 / 255.0;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    int row = at.y >> 1;
    if ((at.y & 1) == newest) {
        fragment = vec4(texelFetch(new_rows, ivec2(at.x, row), 0).rgb, 1.0);
        return;
    }
    vec3 below = texelFetch(new_rows, ivec2(at.x, max(row - newest, 0)), 0).rgb;
    vec3 above = texelFetch(new_rows, ivec2(at.x, min(row + 1 - newest, new_height - 1)), 0).rgb;
    vec3 low = min(below, above), high = max(below, above), slack = SLACK * (high - low) + LEAST;
    fragment = vec4(clamp(texelFetch(old_rows, ivec2(at.x, row), 0).rgb, low - slack, high + slack), 1.0);
}
