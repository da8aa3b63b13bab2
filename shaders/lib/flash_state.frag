#version 330 core
// What is known of each cell, `slots` rows of cells above each other: its mean colour as shown, then four counters
// (input luminance, input red, shown luminance, shown red) of three slots: the turn, ages of transitions 1-4, 5-7.
// A turn: lowest and highest since the last transition, its direction, which of them (1, 2) were a saturated red.
uniform sampler2D grid;
uniform sampler2D state;
uniform sampler2D verdict;
uniform float dt;
uniform vec2 steps;
uniform bool fresh;      // nothing is known yet
out vec4 fragment;

const float NEVER = 100.0;

vec4 slot(int which, ivec2 cell) {
    return texelFetch(state, ivec2(cell.x, which * textureSize(grid, 0).y + cell.y), 0);
}

// Turn after seeing `level`, and whether that was a transition.
vec4 turned(vec4 turn, float level, bool saturated, bool red, float need, out bool transition) {
    int marks = int(turn.w), mark = saturated ? 1 : 0;
    bool fall = turn.z >= 0.0 && turn.y - level >= need && (red ? saturated || (marks & 2) != 0 : level < 0.8);
    bool rise = turn.z <= 0.0 && level - turn.x >= need && (red ? saturated || (marks & 1) != 0 : turn.x < 0.8);
    transition = fall || rise;
    if (transition) return vec4(level, level, fall ? -1.0 : 1.0, float(mark * 3));
    if (level <= turn.x) marks = (marks & 2) | mark;
    if (level >= turn.y) marks = (marks & 1) | (mark << 1);
    return vec4(min(turn.x, level), max(turn.y, level), turn.z, float(marks));
}

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    int rows = textureSize(grid, 0).y, which = at.y / rows;
    ivec2 cell = ivec2(at.x, at.y % rows);
    vec3 seen = texelFetch(grid, cell, 0).rgb;
    vec3 shown = fresh ? seen : mix(slot(0, cell).rgb, seen, texelFetch(verdict, ivec2(0), 0).x);
    int counter = (which - 1) / 3, first = 1 + counter * 3;
    bool red = counter % 2 == 1, transition;
    vec3 colour = counter < 2 ? seen : shown;
    bool saturated = colour.r > 0.0 && colour.r >= 0.8 * (colour.r + colour.g + colour.b);
    float level = red ? max(colour.r - colour.g - colour.b, 0.0) : dot(colour, vec3(0.2126, 0.7152, 0.0722));

    vec4 turn = turned(slot(first, cell), level, saturated, red, red ? steps.y : steps.x, transition);
    vec4 newest = min(slot(first + 1, cell) + dt, NEVER), older = min(slot(first + 2, cell) + dt, NEVER);
    if (transition) {
        older = vec4(newest.w, older.xyz);
        newest = vec4(0.0, newest.xyz);
    }
    if (fresh) {
        turn = vec4(level, level, 0.0, saturated ? 3.0 : 0.0);
        newest = older = vec4(NEVER);
    }
    int part = which - first;
    fragment = which == 0 ? vec4(shown, 1.0) : part == 0 ? turn : part == 1 ? newest : older;
}
