#version 330 core
// One triangle that covers the screen, or lies outside: a picture of which all is allowed is copied, any other mixed.
// Two draws of which one is nothing, for software OpenGL computes both sides of an `if` for every pixel.
uniform sampler2D verdict;
uniform bool mixing;
out vec2 uv;
flat out float share;
void main() {
    share = texelFetch(verdict, ivec2(0), 0).x;
    uv = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = mixing == (share < 1.0) ? vec4(uv * 2.0 - 1.0, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
}
