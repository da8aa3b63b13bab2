#version 330 core
// Leads from the picture so far (dry) to what an effect made of it (wet); what a generator drew lies over the dry one.
uniform sampler2D dry_image;
uniform sampler2D wet_image;
uniform float wet;
uniform bool lies_over;
uniform bool flat_over_black;
in vec2 uv;
out vec4 fragment;

void main() {
    vec4 dry = textureLod(dry_image, uv, 0.0), c = textureLod(wet_image, uv, 0.0);
    if (lies_over) c = vec4(mix(dry.rgb, c.rgb, c.a), max(dry.a, c.a));
    c = mix(dry, c, wet);
    fragment = flat_over_black ? vec4(c.rgb * c.a, 1.0) : c;
}
