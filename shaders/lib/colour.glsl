// Colour in one place: luma as BT.709 weighs it, hue turned about the grey axis, cosine palettes.
float luma(vec3 rgb) {
    return dot(rgb, vec3(0.2126, 0.7152, 0.0722));
}

vec3 hue_turned(vec3 rgb, float radians_left) {
    const vec3 grey = vec3(0.57735027);
    float c = cos(radians_left);
    return rgb * c + cross(grey, rgb) * sin(radians_left) + grey * dot(grey, rgb) * (1.0 - c);
}

// A smooth closed run of colours; `t` 0..1, after the cosine gradients of procedural graphics.
vec3 cosine_palette(float t, vec3 phase) {
    return 0.5 + 0.5 * cos(6.28318531 * (t + phase));
}
