#version 330 core
// Copies the lower left part of an image, smoothly scaled; `flat_over_black` ends transparency.
uniform sampler2D image;
uniform vec2 part;
uniform bool flat_over_black;
in vec2 uv;
out vec4 fragment;
void main() {
    vec4 pixel = texture(image, uv * part);
    fragment = flat_over_black ? vec4(pixel.rgb * clamp(pixel.a, 0.0, 1.0), 1.0) : pixel;
}
