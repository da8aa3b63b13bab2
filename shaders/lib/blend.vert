#version 330 core
// One triangle that covers the screen, with the mean of both pictures (as logits), found once per corner.
uniform sampler2D a_image;
uniform sampler2D b_image;
uniform bool melts;
out vec2 uv;
flat out vec3 a_mean;
flat out vec3 b_mean;

const int SIDE = 16;

vec3 logit(vec3 c) {
    c = clamp(c, 0.001, 0.999);
    return log(c / (1.0 - c));
}

vec3 mean(sampler2D image) {
    vec3 sum = vec3(0.0);
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++)
            sum += logit(textureLod(image, (vec2(i, j) + 0.5) / float(SIDE), 0.0).rgb);
    return sum / float(SIDE * SIDE);
}

void main() {
    uv = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    a_mean = melts ? mean(a_image) : vec3(0.0);
    b_mean = melts ? mean(b_image) : vec3(0.0);
    gl_Position = vec4(uv * 2.0 - 1.0, 0.0, 1.0);
}
