// Rotation, and coordinates that leave the picture and come back mirrored instead of smearing its edge.
mat2 turned(float radians_left) {
    float c = cos(radians_left), s = sin(radians_left);
    return mat2(c, s, -s, c);
}

vec2 folded(vec2 at) {
    return 1.0 - abs(1.0 - mod(at, 2.0));
}
