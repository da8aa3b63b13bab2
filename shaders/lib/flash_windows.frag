#version 330 core
// One texel for each place a 10° field can have: the share of the new picture it allows, whether its input flashes.
uniform sampler2D bounds;
uniform ivec2 window;    // cells
uniform int places_high;
uniform int rows;
out vec4 fragment;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    ivec2 first = ivec2(at.x, at.y / places_high * rows + at.y % places_high);
    float share = 1.0, over = 0.0, input_over = 0.0, quarter = 0.25 * float(window.x * window.y);
    for (int y = 0; y < window.y; y++)
        for (int x = 0; x < window.x; x++) {
            vec4 cell = texelFetch(bounds, first + ivec2(x, y), 0);
            share = min(share, cell.x);
            over += cell.y;
            input_over += cell.z;
        }
    fragment = vec4(over > quarter ? share : 1.0, input_over > quarter, 0.0, 1.0);
}
