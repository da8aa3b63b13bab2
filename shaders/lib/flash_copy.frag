#version 330 core
// The picture, bit for bit.
uniform sampler2D image;
out vec4 fragment;
void main() { fragment = texelFetch(image, ivec2(gl_FragCoord.xy), 0); }
