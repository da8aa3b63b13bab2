// The whole network in one kernel: pixels in, RGBA8 out, nothing in between touches device memory.
//
// The constants come from app/cppn/cuda.py, written in front of this text; weights come packed by app/cppn/cuda_pack.py.
//   WIDTH         neurons in a layer, a multiple of 16          HIDDEN       layers between the first and the last
//   FAN           values each neuron hands on (atan: 2)         INPUTS       numbers that differ from pixel to pixel
//   ROWS          16-pixel groups a warp draws at once          ACC16        sums in half (1) or in float (0)
//   STEEP         sines need an explicit range reduction        NPC          8-neuron groups in one chunk of weights
//   RESIDENT      chunks that stay in shared memory             MIN_BLOCKS   blocks per multiprocessor to aim for
//   ACTIVATION(l) what layer l puts its sums through            PIXEL_INPUTS statements: from x, y to in[]
//
// One warp owns 16 * ROWS neighbouring pixels. `mma.m16n8k16` multiplies 16 pixels by 16 × 8 weights. Its result
// registers for neurons 16k..16k+15 are, as they stand, its operand registers for the next layer's inputs 16k..16k+15,
// so values go through all layers without leaving the registers of their lane. Lane = 4 * g + t.
// Chunks that do not fit into shared memory pass through two buffers, fetched one ahead; all warps then go in step.

typedef unsigned int u32;

constexpr int WARPS = 8, THREADS = 32 * WARPS;
constexpr int NT = WIDTH / 8;                 // groups of 8 neurons in a layer's result
constexpr int KT = WIDTH * FAN / 16;          // groups of 16 inputs of the next layer
constexpr int CHUNK = NPC * KT * 256;         // bytes
constexpr int CHUNKS = HIDDEN * (NT / NPC);
constexpr int STAGED = CHUNKS - RESIDENT;
constexpr int SLOTS = RESIDENT + (STAGED ? 2 : 0);
constexpr int PIXELS = 16 * ROWS;             // of one warp
constexpr int ARRAY_INPUTS = INPUTS ? INPUTS : 1;
constexpr float TAU = 6.283185307f, LOG2_E = 1.442695041f;
constexpr int SIN = 0, COS = 1, GAUSSIAN = 2, TANH = 3, ATAN = 4, FINER = 5;

#if ACC16
typedef u32 Bias;                             // two halves
#else
typedef float2 Bias;
#endif

// One picture of one style: its weights, this moment's first bias, where the plane lies and where the pixels go, and how
// much of it is seen; the rest is what an earlier layer left there.
struct View {
    float plane[6];
    int width, height;
    u32* out;
    const unsigned char* weights;             // hidden chunks | hidden biases | last layer | last bias | first layer
    float share, rest;                        // of this picture and of what lies below; together 1
    float bias[WIDTH];
};

constexpr int BIAS_AT = CHUNKS * CHUNK;
constexpr int LAST_AT = BIAS_AT + HIDDEN * NT * 4 * (int)sizeof(Bias);
constexpr int LAST_BIAS_AT = LAST_AT + KT * 256;
constexpr int FIRST_AT = LAST_BIAS_AT + 32;

extern __shared__ uint4 arena[];

__device__ __forceinline__ u32 halves(float low, float high) {
    u32 pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

__device__ __forceinline__ float2 floats(u32 pair) {
    float2 v;
    asm("{.reg .b16 l, h; mov.b32 {l, h}, %2; cvt.f32.f16 %0, l; cvt.f32.f16 %1, h;}" : "=f"(v.x), "=f"(v.y) : "r"(pair));
    return v;
}

__device__ __forceinline__ float tanh_(float z) {
    float v;
    asm("tanh.approx.f32 %0, %1;" : "=f"(v) : "f"(z));
    return v;
}

__device__ __forceinline__ float exp2_(float z) {
    float v;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(v) : "f"(z));
    return v;
}

// The sine unit takes whole turns off by itself, to 2^-14.7 within ±100π; only steeper styles pay for doing it first.
__device__ __forceinline__ float turned(float z) {
#if STEEP
    const float magic = 12582912.0f;          // 1.5 * 2^23: adding it rounds to a whole number
    const float turns = __fsub_rn(__fmaf_rn(z, 1.0f / TAU, magic), magic);
    z = __fmaf_rn(-turns, 6.28125f, z);       // 2π in two parts, the first exact times any turns < 2^13
    z = __fmaf_rn(-turns, 1.9353071796e-3f, z);
#endif
    return z;
}

// Arctangent to 1e-5 (Abramowitz & Stegun 4.4.47), by the reciprocal beyond ±1.
__device__ __forceinline__ float atan_(float z) {
    const float size = fabsf(z);
    const float x = size > 1.0f ? __fdividef(1.0f, size) : size, s = x * x;
    const float tail = fmaf(s, fmaf(s, 0.0208351f, -0.0851330f), 0.1801410f);
    const float a = x * fmaf(s, fmaf(s, tail, -0.3302995f), 0.9998660f);
    return copysignf(size > 1.0f ? 1.57079633f - a : a, z);
}

template <int KIND> __device__ __forceinline__ float curve(float z) {
    if (KIND == SIN) return __sinf(turned(z));
    if (KIND == COS) return __cosf(turned(z));
    if (KIND == GAUSSIAN) return exp2_(-LOG2_E * z * z);
    if (KIND == TANH) return tanh_(z);
    return __sinf(turned((fabsf(z) + 1.0f) * z));  // FINER
}

// Put two sums through a layer's activation; `at` is where the pair goes, its even half (atan only) lies WIDTH / 4 on.
template <int KIND> __device__ __forceinline__ void activate(u32* next, int at, float a, float b) {
    if (KIND == ATAN) {
        a = atan_(a), b = atan_(b);
        next[at] = halves(a * (1.0f / 0.67f), b * (1.0f / 0.67f));
        next[at + NT * 2] = halves(fmaf(a, a, -0.45f) * (1.0f / 0.396f), fmaf(b, b, -0.45f) * (1.0f / 0.396f));
    } else {
        next[at] = halves(curve<KIND>(a), curve<KIND>(b));
    }
}

__device__ __forceinline__ void mma(float (&c)[4], const u32* a, u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ __forceinline__ void mma(u32 (&c)[2], const u32* a, u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%0,%1};"
        : "+r"(c[0]), "+r"(c[1]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Sums of 16 pixels × 8 neurons: what one lane holds of them.
#if ACC16
struct Sums {
    u32 c[2];
    __device__ __forceinline__ void start(Bias bias) { c[0] = c[1] = bias; }
    __device__ __forceinline__ float2 upper() const { return floats(c[0]); }
    __device__ __forceinline__ float2 lower() const { return floats(c[1]); }
};
#else
struct Sums {
    float c[4];
    __device__ __forceinline__ void start(Bias bias) { c[0] = c[2] = bias.x, c[1] = c[3] = bias.y; }
    __device__ __forceinline__ float2 upper() const { return make_float2(c[0], c[1]); }
    __device__ __forceinline__ float2 lower() const { return make_float2(c[2], c[3]); }
};
#endif

// The weights as a block sees them: resident chunks, then two buffers that the others pass through.
struct Weights {
    const unsigned char* device;
    int flip;                                 // which buffer the first staged chunk of this tile is in

    __device__ __forceinline__ unsigned char* slot(int chunk) const {
        const int at = chunk < RESIDENT ? chunk : RESIDENT + ((chunk - RESIDENT + flip) & 1);
        return (unsigned char*)arena + at * CHUNK;
    }

    __device__ __forceinline__ static void copy(void* to, const unsigned char* from, int bytes) {
        const u32 base = (u32)__cvta_generic_to_shared(to);
        for (int at = threadIdx.x * 16; at < bytes; at += THREADS * 16)
            asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(base + at), "l"(from + at) : "memory");
    }

    __device__ __forceinline__ static void arrived() {
        asm volatile("cp.async.wait_all;" ::: "memory");
        __syncthreads();
    }

    __device__ __forceinline__ void begin() {
        copy(arena, device, RESIDENT * CHUNK);
        copy((unsigned char*)arena + SLOTS * CHUNK, device + BIAS_AT, LAST_AT - BIAS_AT);
        if (STAGED) copy(slot(RESIDENT), device + RESIDENT * CHUNK, CHUNK);
        arrived();
    }

    // Every thread of the block comes here for each chunk, in the same order; a staged one fetches the one after it.
    __device__ __forceinline__ const unsigned char* enter(int chunk) const {
        if (chunk >= RESIDENT) {
            arrived();
            const bool more = chunk + 1 < CHUNKS;
            const int buffer = RESIDENT + ((chunk + 1 - RESIDENT + flip) & 1);
            copy((unsigned char*)arena + buffer * CHUNK, device + (more ? chunk + 1 : RESIDENT) * CHUNK, CHUNK);
        }
        return slot(chunk);
    }

    __device__ __forceinline__ const Bias* biases() const {
        return (const Bias*)((unsigned char*)arena + SLOTS * CHUNK);
    }
};

// Multiply into `sums` one chunk row: the 8 neurons whose weights begin at `row`.
template <class C> __device__ __forceinline__ void multiply(C (&sums)[ROWS], u32 (&a)[ROWS][KT * 4], const uint4* row, int lane) {
#pragma unroll
    for (int pair = 0; pair < KT / 2; pair++) {
        const uint4 b = row[pair * 32 + lane];
#pragma unroll
        for (int m = 0; m < ROWS; m++) {
            mma(sums[m].c, &a[m][pair * 8], b.x, b.y);
            mma(sums[m].c, &a[m][pair * 8 + 4], b.z, b.w);
        }
    }
    if (KT & 1) {
        const uint2 b = ((const uint2*)(row + KT / 2 * 32))[lane];
#pragma unroll
        for (int m = 0; m < ROWS; m++) mma(sums[m].c, &a[m][KT * 4 - 4], b.x, b.y);
    }
}

template <int LAYER> __device__ __forceinline__ void hidden(u32 (&a)[ROWS][KT * 4], const Weights& weights, int lane) {
    u32 next[ROWS][KT * 4];
    const Bias* biases = weights.biases() + (LAYER - 1) * NT * 4 + (lane & 3);
    const unsigned char* chunk = nullptr;
#pragma unroll
    for (int n = 0; n < NT; n++) {
        if (n % NPC == 0) chunk = weights.enter((LAYER - 1) * (NT / NPC) + n / NPC);
        Sums sums[ROWS];
#pragma unroll
        for (int m = 0; m < ROWS; m++) sums[m].start(biases[n * 4]);
        multiply(sums, a, (const uint4*)(chunk + n % NPC * KT * 256), lane);
#pragma unroll
        for (int m = 0; m < ROWS; m++) {
            activate<ACTIVATION(LAYER)>(next[m], n * 2, sums[m].upper().x, sums[m].upper().y);
            activate<ACTIVATION(LAYER)>(next[m], n * 2 + 1, sums[m].lower().x, sums[m].lower().y);
        }
    }
#pragma unroll
    for (int m = 0; m < ROWS; m++)
#pragma unroll
        for (int i = 0; i < KT * 4; i++) a[m][i] = next[m][i];
}

template <int LAYER> struct Chain {
    __device__ __forceinline__ static void run(u32 (&a)[ROWS][KT * 4], const Weights& weights, int lane) {
        hidden<LAYER>(a, weights, lane);
        Chain<LAYER + 1>::run(a, weights, lane);
    }
};
template <> struct Chain<HIDDEN + 1> {
    __device__ __forceinline__ static void run(u32 (&)[ROWS][KT * 4], const Weights&, int) {}
};

// What differs from pixel to pixel, in float: halves could not tell the pixels of a 4K picture apart.
__device__ __forceinline__ void coordinates(const View& view, u32 pixel, float (&in)[ARRAY_INPUTS]) {
    const u32 row = pixel / (u32)view.width;
    const float i = (float)(pixel - row * (u32)view.width) + 0.5f, j = (float)row + 0.5f;
    const float x = fmaf(view.plane[0], i, fmaf(view.plane[1], j, view.plane[2]));
    const float y = fmaf(view.plane[3], i, fmaf(view.plane[4], j, view.plane[5]));
    (void)x, (void)y, (void)in;
    PIXEL_INPUTS
}

__device__ __forceinline__ void first(u32 (&a)[ROWS][KT * 4], const View& view, u32 pixel, int lane) {
    float in[ROWS * 2][ARRAY_INPUTS];
#pragma unroll
    for (int q = 0; q < ROWS * 2; q++) coordinates(view, pixel + q * 8 + (lane >> 2), in[q]);
    const float2* weights = (const float2*)(view.weights + FIRST_AT);
    const float2* biases = (const float2*)view.bias;
#pragma unroll
    for (int n = 0; n < NT; n++) {
        const int pair = n * 4 + (lane & 3);
        const float2 bias = __ldg(biases + pair);
        float2 z[ROWS * 2];
#pragma unroll
        for (int q = 0; q < ROWS * 2; q++) z[q] = bias;
#pragma unroll
        for (int p = 0; p < INPUTS; p++) {
            const float2 w = __ldg(weights + pair * INPUTS + p);
#pragma unroll
            for (int q = 0; q < ROWS * 2; q++) z[q].x = fmaf(w.x, in[q][p], z[q].x), z[q].y = fmaf(w.y, in[q][p], z[q].y);
        }
#pragma unroll
        for (int q = 0; q < ROWS * 2; q++) activate<ACTIVATION(0)>(a[q / 2], n * 2 + q % 2, z[q].x, z[q].y);
    }
}

__device__ __forceinline__ void store(u32* to, u32 pixel) {
    asm volatile("st.global.u32 [%0], %1;" ::"l"(__cvta_generic_to_global(to)), "r"(pixel) : "memory");
}

__device__ __forceinline__ u32 load(const u32* from) {
    u32 pixel;
    asm volatile("ld.global.u32 %0, [%1];" : "=r"(pixel) : "l"(__cvta_generic_to_global(from)) : "memory");
    return pixel;
}

// A pixel over another one, colour by colour, as the develop shader mixes finished pictures.
__device__ __forceinline__ u32 over(const View& view, u32 pixel, u32 below) {
    u32 made = 0xff000000u;
#pragma unroll
    for (int at = 0; at < 24; at += 8) {
        const float own = (float)(pixel >> at & 255u) * view.share, under = (float)(below >> at & 255u) * view.rest;
        made |= (u32)(own + under + 0.5f) << at;
    }
    return made;
}

__device__ __forceinline__ u32 level(float z) { return (u32)fmaf(tanh_(0.5f * z), 127.5f, 128.0f); }

// The last layer fills 3 of 8 columns: lanes t = 0 hold red and green, lanes t = 1 blue.
__device__ __forceinline__ void last(u32 (&a)[ROWS][KT * 4], const View& view, u32 pixel, u32 pixels, int lane) {
    const uint2* weights = (const uint2*)(view.weights + LAST_AT);
    const float2 bias = __ldg((const float2*)(view.weights + LAST_BIAS_AT) + (lane & 3));
    float sums[ROWS][4];
#pragma unroll
    for (int m = 0; m < ROWS; m++) sums[m][0] = sums[m][2] = bias.x, sums[m][1] = sums[m][3] = bias.y;
#pragma unroll
    for (int k = 0; k < KT; k++) {
        const uint2 b = __ldg(weights + k * 32 + lane);
#pragma unroll
        for (int m = 0; m < ROWS; m++) mma(sums[m], &a[m][k * 4], b.x, b.y);
    }
#pragma unroll
    for (int q = 0; q < ROWS * 2; q++) {
        const u32 left = level(sums[q / 2][q % 2 * 2]), right = level(sums[q / 2][q % 2 * 2 + 1]);
        const u32 blue = __shfl_down_sync(0xffffffffu, left, 1);
        const u32 at = pixel + q * 8 + (lane >> 2);
        if ((lane & 3) == 0 && at < pixels) {
            u32 made = left | right << 8 | blue << 16 | 0xff000000u;
            if (view.rest > 0.0f) made = over(view, made, load(view.out + at));
            store(view.out + at, made);
        }
    }
}

__device__ __forceinline__ void draw(const View& view) {
    const u32 pixels = (u32)view.width * (u32)view.height;
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    Weights weights = {view.weights, 0};
    weights.begin();
    for (u32 start = blockIdx.x * (WARPS * PIXELS); start < pixels; start += gridDim.x * (WARPS * PIXELS)) {
        const u32 pixel = start + warp * PIXELS;
        if (!STAGED && pixel >= pixels) break;  // a staged kernel's warps stay together to the end
        u32 a[ROWS][KT * 4];
        first(a, view, pixel, lane);
        Chain<1>::run(a, weights, lane);
        last(a, view, pixel, pixels, lane);
        if (STAGED) weights.flip ^= STAGED & 1;
    }
    Weights::arrived();  // nobody reads this style's weights any more
}

// The views are pictures of `layers` each, the lowest first. Every thread finds below what it has itself drawn there.
extern "C" __global__ void __launch_bounds__(THREADS, MIN_BLOCKS) clavilux(const View* __restrict__ views, int layers) {
#pragma unroll 1
    for (int layer = 0; layer < layers; layer++) draw(views[blockIdx.y * layers + layer]);
}
