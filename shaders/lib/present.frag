#version 330 core
// Puts the finished picture on the window; the viewport keeps its shape.
uniform sampler2D image;
in vec2 uv;
out vec4 fragment;
void main() { fragment = vec4(texture(image, uv).rgb, 1.0); }
