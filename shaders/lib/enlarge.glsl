// Enlarges the lower left `region` of an image to `size`; `uv` is the place in the larger one, 0..1.
vec3 texel(sampler2D image, vec2 at, vec2 region) {
    vec2 size = vec2(textureSize(image, 0));
    return textureLod(image, clamp(at, vec2(0.5), region - 0.5) / size, 0.0).rgb;
}

// Catmull-Rom in 5 bilinear taps: the two middle taps of each axis share one fetch, and the corners, which weigh
// next to nothing, are left out (Jimenez, "Filmic SMAA", 2016).
vec3 enlarged(sampler2D image, vec2 region, vec2 uv, vec2 size) {
    vec2 at = uv * region;
    if (region == size) return texel(image, at, region);
    vec2 base = floor(at - 0.5) + 0.5;
    vec2 f = at - base;
    vec2 w0 = f * (-0.5 + f * (1.0 - 0.5 * f));
    vec2 w1 = 1.0 + f * f * (-2.5 + 1.5 * f);
    vec2 w2 = f * (0.5 + f * (2.0 - 1.5 * f));
    vec2 w3 = f * f * (-0.5 + 0.5 * f);
    vec2 w12 = w1 + w2;
    vec2 p0 = base - 1.0, p12 = base + w2 / w12, p3 = base + 2.0;
    vec4 sum = vec4(texel(image, p12, region), 1.0) * w12.x * w12.y;
    sum += vec4(texel(image, vec2(p0.x, p12.y), region), 1.0) * w0.x * w12.y;
    sum += vec4(texel(image, vec2(p3.x, p12.y), region), 1.0) * w3.x * w12.y;
    sum += vec4(texel(image, vec2(p12.x, p0.y), region), 1.0) * w12.x * w0.y;
    sum += vec4(texel(image, vec2(p12.x, p3.y), region), 1.0) * w12.x * w3.y;
    return clamp(sum.rgb / sum.a, 0.0, 1.0);
}
