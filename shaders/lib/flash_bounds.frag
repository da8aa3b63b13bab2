#version 330 core
// How much of the new picture each cell may take before it makes one transition too many (see flash_limiter.py).
// Rows 0..cells: luminance, above them: red. Out: share allowed 0..1, over the limit or about to be, input over it.
uniform sampler2D grid;
uniform sampler2D state;
uniform float dt;
uniform int allowed;     // transitions within a second
uniform vec2 steps;      // what counts as a transition: luminance, red
out vec4 fragment;

const float SECOND = 0.999;  // a transition exactly one second old is outside the window
const float MARGIN = 0.9;    // stay clear of the threshold: pictures are rounded to 8 bit

vec4 slot(int which, ivec2 cell) {
    return texelFetch(state, ivec2(cell.x, which * textureSize(grid, 0).y + cell.y), 0);
}

// Age of the n-th newest transition, n from 1.
float age(int first_slot, int n, ivec2 cell) {
    return slot(first_slot + 1 + (n - 1) / 4, cell)[(n - 1) % 4] + dt;
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    int rows = textureSize(grid, 0).y, kind = at.y / rows;
    ivec2 cell = ivec2(at.x, at.y % rows);
    vec3 weights = kind == 0 ? vec3(0.2126, 0.7152, 0.0722) : vec3(1.0, -1.0, -1.0);
    float ceiling = kind == 0 ? 0.8 : 2.0;
    float seen = dot(texelFetch(grid, cell, 0).rgb, weights), shown = dot(slot(0, cell).rgb, weights);

    int input_slots = 1 + 3 * kind, shown_slots = 7 + 3 * kind;
    vec4 turn = slot(shown_slots, cell);
    float reach = MARGIN * (kind == 0 ? steps.x : steps.y);
    float share = 1.0;
    if (age(shown_slots, allowed, cell) < SECOND) {
        float lowest = min(turn.y - reach, ceiling), highest = turn.x + reach;
        bool may_fall = turn.z < 0.0 || (kind == 1 && lowest <= 0.0), may_rise = turn.z > 0.0 || turn.x >= ceiling;
        if (!may_fall && seen < lowest) share = clamp((shown - lowest) / (shown - seen), 0.0, 1.0);
        if (!may_rise && seen > highest) share = clamp((highest - shown) / (seen - shown), 0.0, 1.0);
    }
    bool over = share < 1.0 || age(shown_slots, allowed + 1, cell) < SECOND;
    bool input_over = age(input_slots, allowed + 1, cell) < SECOND;
    fragment = vec4(share, over, input_over, 1.0);
}
