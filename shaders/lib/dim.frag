#version 330 core
// The master fader: what is left of a picture. On coded values, so that half the way looks like half the light.
uniform sampler2D image;
uniform float level;
out vec4 fragment;
void main() {
    vec4 pixel = texelFetch(image, ivec2(gl_FragCoord.xy), 0);
    fragment = vec4(pixel.rgb * level, pixel.a);
}
