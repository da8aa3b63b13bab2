#version 330 core
// Fills the depth buffer: far in marked cells, near in all others, so that drawing between the two touches the first.
uniform sampler2D marks;
uniform int cell;
void main() { gl_FragDepth = texelFetch(marks, ivec2(gl_FragCoord.xy) / cell, 0).r; }
