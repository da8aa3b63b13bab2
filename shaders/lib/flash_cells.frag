#version 330 core
// The mean colour of each cell of the grid.
uniform sampler2D small_image;
uniform ivec2 cells;
out vec4 fragment;

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy), size = textureSize(small_image, 0);
    ivec2 first = at * size / cells, end = max((at + 1) * size / cells, first + 1);
    vec3 sum = vec3(0.0);
    for (int y = first.y; y < end.y; y++)
        for (int x = first.x; x < end.x; x++)
            sum += texelFetch(small_image, ivec2(x, y), 0).rgb;
    fragment = vec4(sum / float((end.x - first.x) * (end.y - first.y)), 1.0);
}
