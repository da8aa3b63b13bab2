#version 330 core
// One texel: the share of the new picture that is shown, how firmly the limiter holds, how much it acts.
uniform sampler2D windows;
uniform sampler2D before;
uniform float dt;
uniform vec2 seconds;    // of the moving average while it holds; to let go
uniform bool forced;     // the picture is shown as it is
uniform bool fresh;      // nothing was shown before
out vec4 fragment;

void main() {
    ivec2 size = textureSize(windows, 0);
    float share = 1.0, flashing = 0.0;
    for (int y = 0; y < size.y; y++)
        for (int x = 0; x < size.x; x++) {
            vec4 place = texelFetch(windows, ivec2(x, y), 0);
            share = min(share, place.x);
            flashing = max(flashing, place.y);
        }
    float hold = flashing > 0.0 ? 1.0 : max(texelFetch(before, ivec2(0), 0).y - dt / seconds.y, 0.0);
    if (hold > 0.0) share = min(share, 1.0 - exp(-dt / (seconds.x * hold)));
    fragment = fresh ? vec4(1.0, 0.0, 0.0, 1.0) : vec4(forced ? 1.0 : share, hold, max(hold, 1.0 - share), 1.0);
}
