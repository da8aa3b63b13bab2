// Hashes without sin(), the same on every driver: integer mixing after PCG ("Hash Functions for GPU Rendering", 2020).
uvec3 pcg(uvec3 v) {
    v = v * 1664525u + 1013904223u;
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    v ^= v >> 16u;
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    return v;
}

// Three numbers in 0..1 for a cell and a moment; negative cells are as good as others.
vec3 random3(vec2 cell, float moment) {
    uvec3 v = uvec3(ivec3(floor(vec3(cell, moment)) + 32768.0));
    return vec3(pcg(v) >> 8u) / 16777215.0;
}

// Smooth noise in 0..1 with one bump a cell.
float soft_noise(vec2 at, float moment) {
    vec2 cell = floor(at), f = at - cell;
    f = f * f * (3.0 - 2.0 * f);
    float low = mix(random3(cell, moment).x, random3(cell + vec2(1.0, 0.0), moment).x, f.x);
    float high = mix(random3(cell + vec2(0.0, 1.0), moment).x, random3(cell + vec2(1.0), moment).x, f.x);
    return mix(low, high, f.y);
}
