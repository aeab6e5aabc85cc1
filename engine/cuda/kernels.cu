// kernels.cu: LeNet on a GPU. A training step is two phases:
//
//   gradients   a team of 256 threads takes one example forward and backward in
//               shared memory and leaves a Record: the example's gradients of
//               the convolutions, and the inputs and gradients of the linear layers
//   update      sums the records over the batch, in a fixed order, multiplies
//               the linear layers' gradients out, and takes the step
//
// They run as two kernels a step (in a CUDA graph), or as one cooperative kernel
// that runs many steps with a barrier across the grid between phases (epoch).
// Both give the same bits on every grid: no sum's order depends on it, no float is
// added atomically, and only operations within one expression are fused.
//
// n counts examples, c channels, y and x rows and columns. d is the gradient of
// the loss of one example by the thing named after it.

#ifdef LENET_EMULATOR
#include "emulator/device.h"
#else
#include "device.h"
#endif
#include "task.h"

constexpr int kWarp = 32;

// Team and thread are read again at every use: kept, the addresses made of
// them would fill the registers.
DEVICE int teamIndex() { return threadIndex() / kTeam; }
DEVICE int teamThread() { return threadIndex() % kTeam; }
#define teamSync() barrierSync(1 + teamIndex(), kTeam) // a macro: the emulator compares the callers' lines

// ---- Memory layout ----------------------------------------------------------

// Weights are the parameters in the order of PyTorch's state_dict.
struct Weights {
	float conv1[6][25], bias1[6];
	float conv2[16][6][25], bias2[16];
	float linear3[120][400], bias3[120];
	float linear4[84][120], bias4[84];
	float linear5[10][84], bias5[10];
};
static_assert(sizeof(Weights) == kSizeWeights);

// Record is one example's part of the batch's gradient. Columns up to h0 are
// gradients to be summed; linear layer k's weight gradient is the outer product
// of d and the h before it.
struct alignas(16) Record {
	float conv1[6][25], bias1[6], conv2[16][6][25], bias2[16]; // 2572 columns
	float d3[120], d4[84], d5[10], pad1[2];
	float h2[400], h3[120], h4[84];
	float pad2[12]; // update's tiles read to here and drop it
};
constexpr int kConvColumns = 2572, kColumns = 2786;
static_assert(sizeof(Record) == kSizeRecord && kColumns == kConvColumns + 120 + 84 + 10);

// Trace has the output of every module but Flatten, after the input, as engine.Trace.
struct Trace {
	float input[28][28];
	float conv1[6][28][28], act1[6][28][28], pool1[6][14][14];
	float conv2[16][10][10], act2[16][10][10], pool2[16][5][5];
	float linear3[120], act3[120], linear4[84], act4[84], linear5[10];
};
static_assert(sizeof(Trace) == kSizeTrace);

// TeamMemory is a team's example in shared memory.
struct alignas(16) TeamMemory {
	float image[32][36];        // zeros around, 2 wide; columns 32 to 35 unused
	float slope1[6][28][28];    // d pool1 / d conv1 at every pixel, later d conv1
	float pool1[6][14][14];
	float dconv2[16][10][18];   // zeros left and right, 4 wide; first d pool2 / d conv2
	float h2[400], h3[120], h4[84], z5[12];
	float d3[120], d4[84], d5[12];
	float scratch[1056];
};

// UpdateMemory is a team's shared memory in the update phase.
constexpr int kTileJ = 16, kTileI = 32; // outputs and inputs of a tile of a linear layer's weights
constexpr int kChunk = 128;             // records staged at once
constexpr int kParts = kTeam / kWarp;   // warp p sums the examples p, p+8, p+16, ...
struct alignas(16) UpdateMemory {
	union {
		struct {
			float d[kChunk][kTileJ], h[kChunk][kTileI];
		};
		float part[kParts][kTileJ][kTileI];
	};
	double loss[kTeam];
	int correct[kTeam];
};

// BlockMemory is a block's shared memory: E teams and the convolutions' weights.
template <int E> struct BlockMemory {
	float conv1[6][28];  // 25 weights, then the bias
	float conv2[16][244]; // [6][5][8], 5 of 8 used, then the bias at 240
	union {
		TeamMemory team[E];
		UpdateMemory update[E];
	};
};
static_assert(sizeof(BlockMemory<1>) == kShared1 && kShared1 <= 64 * 1024, "fits on a GPU of compute capability 7.5");
static_assert(sizeof(BlockMemory<2>) == kShared2 && kShared2 <= 163 * 1024, "fits on a GPU of compute capability 8.0");

DEVICE const float2 &pair(const float *p) { return *reinterpret_cast<const float2 *>(p); }
DEVICE float2 &pair(float *p) { return *reinterpret_cast<float2 *>(p); }
DEVICE const float4 &quad(const float *p) { return *reinterpret_cast<const float4 *>(p); }
DEVICE float4 &quad(float *p) { return *reinterpret_cast<float4 *>(p); }

// ---- Activation and pooling -------------------------------------------------

enum { kSigmoid, kTanh, kReLU };

DEVICE float activate(int kind, float z) {
	constexpr float log2e = 1.44269504f;
	switch (kind) {
	case kSigmoid:
		return reciprocal(1 + exp2Fast(-log2e * z));
	case kTanh: {
		if (z * z < 0.04f) { // the formula below would cancel: Taylor's series
			float q = z * z;
			return z * (1 + q * (-1.f / 3 + q * (2.f / 15 + q * (-17.f / 315 + q * (62.f / 2835)))));
		}
		return 1 - 2 * reciprocal(1 + exp2Fast(2 * log2e * z));
	}
	default:
		return z < 0 ? 0 : z; // NaN stays NaN
	}
}

// slope is the activation's derivative where its value is a.
DEVICE float slope(int kind, float a) {
	switch (kind) {
	case kSigmoid: return a * (1 - a);
	case kTanh: return 1 - a * a;
	default: return a > 0 ? 1 : 0;
	}
}

// activatePool turns a window's four pre-activations (row-major) into the pooled
// activation, and z into its derivative by each. Of equal maxima the first counts.
DEVICE float activatePool(const Task &task, float z[4], float a[4]) {
	for (int i = 0; i < 4; i++) {
		a[i] = activate(task.activation, z[i]);
		z[i] = slope(task.activation, a[i]);
	}
	if (task.pooling == 0) {
		for (int i = 0; i < 4; i++) z[i] *= 0.25f;
		return ((a[0] + a[1]) + (a[2] + a[3])) * 0.25f;
	}
	float top = a[0];
	int at = 0;
	for (int i = 1; i < 4; i++)
		if (a[i] > top || a[i] != a[i]) top = a[i], at = i;
	for (int i = 0; i < 4; i++)
		if (i != at) z[i] = 0;
	return top;
}

// ---- Forward ----------------------------------------------------------------

// loadWeights copies the convolutions' weights to shared memory, for vector loads.
template <int E> DEVICE void loadWeights(const Weights &w, BlockMemory<E> &m) {
	for (int i = threadIndex(); i < 156; i += E * kTeam)
		if (i < 150) m.conv1[i / 25][i % 25] = w.conv1[i / 25][i % 25];
		else m.conv1[i - 150][25] = w.bias1[i - 150];
	for (int i = threadIndex(); i < 2416; i += E * kTeam)
		if (i < 2400) m.conv2[i / 150][i / 25 % 6 * 40 + i / 5 % 5 * 8 + i % 5] = w.conv2[i / 150][i / 25 % 6][i % 25];
		else m.conv2[i - 2400][240] = w.bias2[i - 2400];
}

// loadImage makes image[2+y][2+x] = byte[y][x]/255, and zeros around.
DEVICE void loadImage(const uint8_t *bytes, TeamMemory &m) {
	const int t = teamThread();
	if (t < 196) { // four pixels of a row
		uint32_t b = reinterpret_cast<const uint32_t *>(bytes)[t];
		float *p = &m.image[2 + t / 7][2 + t % 7 * 4];
		pair(p) = {float(b & 255) / 255, float(b >> 8 & 255) / 255};
		pair(p + 2) = {float(b >> 16 & 255) / 255, float(b >> 24) / 255};
	} else if (t < 228) { // a row's ends
		pair(&m.image[t - 196][0]) = {0, 0};
		pair(&m.image[t - 196][30]) = {0, 0};
	} else if (t < 242) { // the inner part of the first and last two rows
		for (int r = 0; r < 4; r++) pair(&m.image[r < 2 ? r : 28 + r][2 + (t - 228) * 2]) = {0, 0};
	}
	for (int i = t; i < 16 * 10 * 4; i += kTeam) { // the ends of dconv2's rows
		float *row = m.dconv2[i / 40][i / 4 % 10];
		pair(row + (i % 4 < 2 ? i % 4 * 2 : 10 + i % 4 * 2)) = {0, 0};
	}
}

// Both convolutions sum their products in short runs and add those up, the bias
// last: half the rounding error of one long sum. Max pooling is what needs it: of
// two values that are equal but for rounding only one gets the gradient.

// convolution1: conv1[c][y][x] = bias + Σ weight[c][ky][kx]·image[y+ky][x+kx], then
// activation and pooling. Thread t < 196 makes pooled pixel t of all six channels.
template <int E> DEVICE void convolution1(const Task &task, const BlockMemory<E> &b, TeamMemory &m, Trace *trace) {
	const int t = teamThread();
	if (t >= 196) return;
	const int py = t / 14, px = t % 14;
	float x[6][6];
	for (int r = 0; r < 6; r++)
		for (int c = 0; c < 6; c += 2) {
			float2 v = pair(&m.image[2 * py + r][2 * px + c]);
			x[r][c] = v.x, x[r][c + 1] = v.y;
		}
#pragma unroll 1
	for (int c = 0; c < 6; c++) {
		float w[28];
		for (int i = 0; i < 28; i += 4) {
			float4 v = quad(&b.conv1[c][i]);
			w[i] = v.x, w[i + 1] = v.y, w[i + 2] = v.z, w[i + 3] = v.w;
		}
		float z[4] = {}, a[4];
		for (int ky = 0; ky < 5; ky++) {
			float row[4] = {}; // summed apart: see above
			for (int kx = 0; kx < 5; kx++)
				for (int i = 0; i < 4; i++) row[i] += w[5 * ky + kx] * x[i / 2 + ky][i % 2 + kx];
			for (int i = 0; i < 4; i++) z[i] += row[i];
		}
		for (int i = 0; i < 4; i++) z[i] += w[25];
		if (trace)
			for (int i = 0; i < 4; i++) trace->conv1[c][2 * py + i / 2][2 * px + i % 2] = z[i];
		float pooled = activatePool(task, z, a);
		m.pool1[c][py][px] = pooled;
		pair(&m.slope1[c][2 * py][2 * px]) = {z[0], z[1]};
		pair(&m.slope1[c][2 * py + 1][2 * px]) = {z[2], z[3]};
		if (trace) {
			for (int i = 0; i < 4; i++) trace->act1[c][2 * py + i / 2][2 * px + i % 2] = a[i];
			trace->pool1[c][py][px] = pooled;
		}
	}
}

// convolution2: conv2[c][y][x] = bias + Σ weight[c][ic][ky][kx]·pool1[ic][y+ky][x+kx],
// then activation and pooling. Two neighbouring threads share a pooled pixel of
// four channels: each sums half of the input channels, and finishes two channels.
template <int E> DEVICE void convolution2(const Task &task, const BlockMemory<E> &b, TeamMemory &m, Trace *trace) {
	const int t = teamThread();
	if (t >= 224) return; // whole warps: 200 threads work, 24 repeat the last
	const int half = t % 2, item = t / 2 < 100 ? t / 2 : 99;
	const int p = item % 25, py = p / 5, px = p % 5, c0 = item / 25 * 4;
	float z[4][4] = {};
#pragma unroll 1
	for (int ic = 3 * half; ic < 3 * half + 3; ic++) {
		float x[6][6];
		for (int r = 0; r < 6; r++)
			for (int c = 0; c < 6; c += 2) {
				float2 v = pair(&m.pool1[ic][2 * py + r][2 * px + c]);
				x[r][c] = v.x, x[r][c + 1] = v.y;
			}
#pragma unroll
		for (int c = 0; c < 4; c++) {
			float sum[4] = {}; // of one input channel, summed apart
			for (int ky = 0; ky < 5; ky++) {
				const float *row = &b.conv2[c0 + c][ic * 40 + ky * 8];
				float4 v = quad(row);
				float w[5] = {v.x, v.y, v.z, v.w, row[4]};
				for (int kx = 0; kx < 5; kx++)
					for (int i = 0; i < 4; i++) sum[i] += w[kx] * x[i / 2 + ky][i % 2 + kx];
			}
			for (int i = 0; i < 4; i++) z[c][i] += sum[i];
		}
	}
	for (int c = 0; c < 4; c++)
		for (int i = 0; i < 4; i++) z[c][i] += shuffleXor(z[c][i], 1);
	if (t >= 200) return;
#pragma unroll
	for (int k = 0; k < 2; k++) {
		const int c = c0 + 2 * half + k;
		float s[4], a[4];
		for (int i = 0; i < 4; i++) s[i] = (half ? z[2 + k][i] : z[k][i]) + b.conv2[c][240];
		if (trace)
			for (int i = 0; i < 4; i++) trace->conv2[c][2 * py + i / 2][2 * px + i % 2] = s[i];
		float pooled = activatePool(task, s, a);
		m.h2[c * 25 + p] = pooled;
		pair(&m.dconv2[c][2 * py][4 + 2 * px]) = {s[0], s[1]};
		pair(&m.dconv2[c][2 * py + 1][4 + 2 * px]) = {s[2], s[3]};
		if (trace) {
			for (int i = 0; i < 4; i++) trace->act2[c][2 * py + i / 2][2 * px + i % 2] = a[i];
			trace->pool2[c][py][px] = pooled;
		}
	}
}

// linear: out[e][j] = f(bias[j] + Σ_i weight[j][i]·in[e][i]) for all the block's
// examples e. Eight lanes share an output. f is the activation, or nothing where
// kind is negative. Member picks in and out of a team's memory.
template <int E, int IN, int OUT, typename In, typename Out>
DEVICE void linear(const float (&weight)[OUT][IN], const float *bias, BlockMemory<E> &m, In in, Out out, int kind, float *before, float *after) {
	const int lane = threadIndex() % 8;
	for (int g = threadIndex() / 8; g < (OUT + 3) / 4 * 4; g += E * kTeam / 8) { // whole warps
		const int j = g < OUT ? g : OUT - 1;
		float sum[E] = {};
#pragma unroll
		for (int i = 4 * lane; i < IN; i += 32) {
			float4 w = quad(&weight[j][i]);
			for (int e = 0; e < E; e++) {
				float4 x = quad(in(m.team[e]) + i);
				sum[e] += w.x * x.x + w.y * x.y + w.z * x.z + w.w * x.w;
			}
		}
		for (int e = 0; e < E; e++) {
			for (int bits = 4; bits > 0; bits /= 2) sum[e] += shuffleXor(sum[e], bits);
			if (lane != 0 || g >= OUT) continue;
			float z = sum[e] + bias[j];
			float a = kind < 0 ? z : activate(kind, z);
			out(m.team[e])[j] = a;
			if (before && e == 0) before[j] = z, after[j] = a;
		}
	}
}

// crossEntropy leaves d z5 = softmax(z5) - onehot(label) and returns the loss
// and the class guessed, the first of equals. One thread calls it.
DEVICE float crossEntropy(TeamMemory &m, int label, int &guess) {
	float top = m.z5[0];
	guess = 0;
	for (int j = 1; j < 10; j++)
		if (m.z5[j] > top) top = m.z5[j], guess = j;
	float e[10], sum = 0;
	for (int j = 0; j < 10; j++) sum += e[j] = exp2Fast(1.44269504f * (m.z5[j] - top));
	const float scale = reciprocal(sum);
	float picked = 0;
	for (int j = 0; j < 10; j++) {
		m.d5[j] = e[j] * scale - (j == label ? 1.f : 0.f);
		if (j == label) picked = m.z5[j];
	}
	m.d5[10] = m.d5[11] = 0;
	return 0.693147181f * log2Fast(sum) - (picked - top);
}

// forward runs the block's E examples, teams of one each, to the logits z5.
template <int E> DEVICE void forward(const Task &task, BlockMemory<E> &m, const uint8_t *image, Trace *trace) {
	const Weights &w = *task.weights;
	TeamMemory &mine = m.team[teamIndex()];
	loadImage(image, mine);
	teamSync();
	convolution1(task, m, mine, trace);
	teamSync();
	convolution2(task, m, mine, trace);
	blockSync();
	linear<E, 400, 120>(w.linear3, w.bias3, m, [](TeamMemory &x) { return x.h2; }, [](TeamMemory &x) { return x.h3; }, task.activation,
			    trace ? trace->linear3 : nullptr, trace ? trace->act3 : nullptr);
	blockSync();
	linear<E, 120, 84>(w.linear4, w.bias4, m, [](TeamMemory &x) { return x.h3; }, [](TeamMemory &x) { return x.h4; }, task.activation,
			   trace ? trace->linear4 : nullptr, trace ? trace->act4 : nullptr);
	blockSync();
	linear<E, 84, 10>(w.linear5, w.bias5, m, [](TeamMemory &x) { return x.h4; }, [](TeamMemory &x) { return x.z5; }, -1,
			  trace ? trace->linear5 : nullptr, trace ? trace->linear5 : nullptr);
	blockSync();
}

// ---- Backward ---------------------------------------------------------------

// linearBack: d in[e][i] = Σ_j weight[j][i]·d out[e][j], times the slope of the
// activation that made in. PARTS groups of threads share the sum over j.
template <int E, int IN, int OUT, int PARTS, typename D, typename Done>
DEVICE void linearBack(const float (&weight)[OUT][IN], BlockMemory<E> &m, D d, Done done) {
	static_assert(OUT % PARTS == 0 && IN % 2 == 0 && PARTS * IN <= 1056);
	for (int k = threadIndex(); k < PARTS * (IN / 2); k += E * kTeam) {
		const int part = k / (IN / 2), i = k % (IN / 2) * 2;
		float2 sum[E] = {};
#pragma unroll 12
		for (int j = part * (OUT / PARTS); j < (part + 1) * (OUT / PARTS); j++) {
			float2 w = pair(&weight[j][i]);
			for (int e = 0; e < E; e++) {
				float g = d(m.team[e])[j];
				sum[e].x += w.x * g, sum[e].y += w.y * g;
			}
		}
		for (int e = 0; e < E; e++) pair(&m.team[e].scratch[part * IN + i]) = sum[e];
	}
	blockSync();
	TeamMemory &mine = m.team[teamIndex()];
	for (int i = teamThread(); i < IN; i += kTeam) {
		float sum = mine.scratch[i];
		for (int p = 1; p < PARTS; p++) sum += mine.scratch[p * IN + i];
		done(mine, i, sum);
	}
}

// convolution2Weights: d weight[c][ic][ky][kx] = Σ_yx dconv2[c][y][x]·pool1[ic][y+ky][x+kx].
// Two neighbouring threads share a kernel row of four output channels: each
// sums five rows y, and writes two channels. Sixteen threads sum the biases.
DEVICE void convolution2Weights(const TeamMemory &m, Record &out, bool live) {
	const int t = teamThread();
	const int half = t % 2, item = t / 2 < 120 ? t / 2 : 119;
	const int ky = item % 5, ic = item / 5 % 6, c0 = item / 30 * 4;
	float sum[4][5] = {};
#pragma unroll 1
	for (int y = 5 * half; y < 5 * half + 5; y++) {
		float x[14];
		for (int i = 0; i < 14; i += 2) {
			float2 v = pair(&m.pool1[ic][y + ky][i]);
			x[i] = v.x, x[i + 1] = v.y;
		}
#pragma unroll
		for (int c = 0; c < 4; c++)
			for (int i = 0; i < 10; i += 2) {
				float2 g = pair(&m.dconv2[c0 + c][y][4 + i]);
				for (int kx = 0; kx < 5; kx++) sum[c][kx] += g.x * x[i + kx];
				for (int kx = 0; kx < 5; kx++) sum[c][kx] += g.y * x[i + 1 + kx];
			}
	}
	for (int c = 0; c < 4; c++)
		for (int kx = 0; kx < 5; kx++) sum[c][kx] += shuffleXor(sum[c][kx], 1);
	if (!live) return;
	if (t < 240) {
		for (int k = 0; k < 2; k++)
			for (int kx = 0; kx < 5; kx++) out.conv2[c0 + 2 * half + k][ic][ky * 5 + kx] = (half ? sum[2 + k][kx] : sum[k][kx]);
	} else {
		float2 s = {0, 0};
		for (int y = 0; y < 10; y++)
			for (int i = 0; i < 10; i += 2) {
				float2 g = pair(&m.dconv2[t - 240][y][4 + i]);
				s.x += g.x, s.y += g.y;
			}
		out.bias2[t - 240] = s.x + s.y;
	}
}

// convolution2Input: d pool1[ic][y][x] = Σ weight[c][ic][ky][kx]·dconv2[c][y-ky][x-kx],
// and with it slope1 becomes d conv1. Four neighbouring threads share seven
// pixels of a row of three input channels: each sums four output channels, and
// finishes one of the four pixels that were pooled.
template <int E> DEVICE void convolution2Input(const BlockMemory<E> &b, TeamMemory &m) {
	const int t = teamThread();
	if (t >= 224) return;
	const int part = t % 4, ic0 = t / 4 % 2 * 3, x0 = t / 8 % 2 * 7, y = t / 16;
	float sum[3][7] = {};
#pragma unroll 1
	for (int c = part; c < 16; c += 4)
#pragma unroll 1
		for (int ky = y > 9 ? y - 9 : 0; ky <= (y < 4 ? y : 4); ky++) {
			float g[11];
			for (int i = 0; i < 11; i++) g[i] = m.dconv2[c][y - ky][x0 + i];
#pragma unroll
			for (int k = 0; k < 3; k++) {
				const float *row = &b.conv2[c][(ic0 + k) * 40 + ky * 8];
				float4 v = quad(row);
				float w[5] = {v.x, v.y, v.z, v.w, row[4]};
				for (int kx = 0; kx < 5; kx++)
					for (int i = 0; i < 7; i++) sum[k][i] += w[kx] * g[i + 4 - kx];
			}
		}
	for (int k = 0; k < 3; k++)
		for (int i = 0; i < 7; i++) {
			sum[k][i] += shuffleXor(sum[k][i], 1);
			sum[k][i] += shuffleXor(sum[k][i], 2);
			m.slope1[ic0 + k][2 * y + part / 2][2 * (x0 + i) + part % 2] *= sum[k][i];
		}
}

// convolution1Weights: d weight[c][ky][kx] = Σ_yx dconv1[c][y][x]·image[y+ky][x+kx], in
// seven parts of four rows y, left in scratch[part][c][ky][kx]; the biases' after
// them. Two neighbouring threads share a part of a kernel row of two channels.
DEVICE void convolution1Weights(TeamMemory &m) {
	const int t = teamThread();
	const float(&dconv1)[6][28][28] = m.slope1;
	if (t < 224) { // whole warps: 210 threads work
		const int half = t % 2, item = t / 2 < 105 ? t / 2 : 104;
		const int ky = item % 5, c0 = item / 5 % 3 * 2, part = item / 15;
		float sum[2][5] = {};
#pragma unroll 1
		for (int y = 4 * part + 2 * half; y < 4 * part + 2 * half + 2; y++) {
			float x[8];
			float4 v = quad(&m.image[y + ky][0]);
			x[0] = v.x, x[1] = v.y, x[2] = v.z, x[3] = v.w;
#pragma unroll
			for (int i = 0; i < 28; i += 4) {
				v = quad(&m.image[y + ky][i + 4]);
				x[4] = v.x, x[5] = v.y, x[6] = v.z, x[7] = v.w;
				for (int c = 0; c < 2; c++) {
					float4 d = quad(&dconv1[c0 + c][y][i]);
					for (int kx = 0; kx < 5; kx++) sum[c][kx] += d.x * x[kx];
					for (int kx = 0; kx < 5; kx++) sum[c][kx] += d.y * x[kx + 1];
					for (int kx = 0; kx < 5; kx++) sum[c][kx] += d.z * x[kx + 2];
					for (int kx = 0; kx < 5; kx++) sum[c][kx] += d.w * x[kx + 3];
				}
				for (int k = 0; k < 4; k++) x[k] = x[k + 4];
			}
		}
		for (int c = 0; c < 2; c++)
			for (int kx = 0; kx < 5; kx++) sum[c][kx] += shuffleXor(sum[c][kx], 1);
		if (t < 210)
			for (int kx = 0; kx < 5; kx++) m.scratch[part * 150 + (c0 + half) * 25 + ky * 5 + kx] = (half ? sum[1][kx] : sum[0][kx]);
	} else { // four lanes a channel
		const int lane = t - 224, c = lane / 4 < 6 ? lane / 4 : 5;
		float4 s = {0, 0, 0, 0};
		for (int i = lane % 4 * 4; i < 784; i += 16) {
			float4 d = quad(&dconv1[c][i / 28][i % 28]);
			s.x += d.x, s.y += d.y, s.z += d.z, s.w += d.w;
		}
		float sum = (s.x + s.y) + (s.z + s.w);
		sum += shuffleXor(sum, 1);
		sum += shuffleXor(sum, 2);
		if (lane < 24 && lane % 4 == 0) m.scratch[1050 + c] = sum;
	}
}

// saveRecord writes the rest of the example's record.
DEVICE void saveRecord(const TeamMemory &m, Record &out) {
	const int t = teamThread();
	if (t < 150) {
		float sum = m.scratch[t];
		for (int p = 1; p < 7; p++) sum += m.scratch[p * 150 + t];
		out.conv1[t / 25][t % 25] = sum;
	} else if (t < 156) {
		out.bias1[t - 150] = m.scratch[1050 + t - 150];
	}
	for (int i = t; i < 100; i += kTeam) quad(&out.h2[4 * i]) = quad(&m.h2[4 * i]);
	if (t < 120) out.d3[t] = m.d3[t], out.h3[t] = m.h3[t];
	if (t < 84) out.d4[t] = m.d4[t], out.h4[t] = m.h4[t];
	if (t < 10) out.d5[t] = m.d5[t];
}

// gradients runs the examples first to first+n of the order forward and backward,
// and leaves their records, losses and hits.
template <int E> DEVICE void gradients(const Task &task, BlockMemory<E> &m, int64_t first, int n) {
	const Weights &w = *task.weights;
	loadWeights(w, m);
	for (int base = blockIndex() * E; base < n; base += gridSize() * E) {
		blockSync(); // the block's memory is free
		TeamMemory &mine = m.team[teamIndex()];
		const bool live = base + teamIndex() < n; // a team left over repeats the last example
		const int k = live ? base + teamIndex() : n - 1;
		const int place = task.order[first + k];
		Record &out = task.records[k];
		forward(task, m, task.images + int64_t(place) * 784, nullptr);
		if (teamThread() == 0) {
			int label = task.labels[place], guess;
			float loss = crossEntropy(mine, label, guess);
			if (live) task.losses[k] = loss, task.hits[k] = guess == label;
		}
		blockSync();
		const int f = task.activation;
		linearBack<E, 84, 10, 1>(w.linear5, m, [](TeamMemory &x) { return x.d5; },
					 [=](TeamMemory &x, int i, float d) { x.d4[i] = d * slope(f, x.h4[i]); });
		blockSync();
		linearBack<E, 120, 84, 7>(w.linear4, m, [](TeamMemory &x) { return x.d4; },
					  [=](TeamMemory &x, int i, float d) { x.d3[i] = d * slope(f, x.h3[i]); });
		blockSync();
		linearBack<E, 400, 120, 2>(w.linear3, m, [](TeamMemory &x) { return x.d3; }, [](TeamMemory &x, int i, float d) {
			for (int r = 0; r < 2; r++) {
				float2 &p = pair(&x.dconv2[i / 25][i / 5 % 5 * 2 + r][4 + i % 5 * 2]);
				p = {p.x * d, p.y * d};
			}
		});
		teamSync();
		convolution2Weights(mine, out, live);
		convolution2Input(m, mine);
		teamSync();
		convolution1Weights(mine);
		teamSync();
		if (live) saveRecord(mine, out);
	}
}

// ---- Update -----------------------------------------------------------------

// take is the optimizer, plain gradient descent: it moves one parameter by its
// gradient, summed over n examples, or stores the mean gradient. Nothing else
// writes weights. An optimizer with a state gets a pointer in Task to an array like
// the weights', which SetParams zeroes, and finds its own value at the same place.
DEVICE void take(const Task &task, int parameter, float sum, int n) {
	if (task.gradient) reinterpret_cast<float *>(task.gradient)[parameter] = sum / n;
	else reinterpret_cast<float *>(task.weights)[parameter] -= task.lr / n * sum;
}

// Linear is a linear layer: its sizes, the columns of d and h in the records, and
// the place of its weights among the parameters.
struct Linear {
	int in, out, d, h, weight;
};

// outerProducts: d weight[j][i] = Σ_n d[n][j]·h[n][i] for one tile of a linear layer.
DEVICE void outerProducts(const Task &task, UpdateMemory &m, int n, int tile, const Linear &l) {
	const int across = (l.in + kTileI - 1) / kTileI, j0 = tile / across * kTileJ, i0 = tile % across * kTileI;
	const int t = teamThread();
	const int part = t / kWarp, j = t % kWarp / 8 * 4, i = t % 8 * 4;
	float sum[4][4] = {};
#pragma unroll 1
	for (int from = 0; from < n; from += kChunk) {
		const int count = n - from < kChunk ? n - from : kChunk;
		teamSync(); // the chunk before is used up
#pragma unroll
		for (int q = t; q < kChunk * 12; q += kTeam) { // 4 quads of d, 8 of h a record
			const int k = q / 12, r = q % 12;
			if (k >= count) continue;
			const float *record = reinterpret_cast<const float *>(&task.records[from + k]);
			if (r < 4) quad(&m.d[k][r * 4]) = quad(record + l.d + j0 + r * 4);
			else quad(&m.h[k][(r - 4) * 4]) = quad(record + l.h + i0 + (r - 4) * 4);
		}
		teamSync();
#pragma unroll 4
		for (int k = part; k < count; k += kParts) {
			const float4 a = quad(&m.d[k][j]), b = quad(&m.h[k][i]);
			const float dj[4] = {a.x, a.y, a.z, a.w}, hi[4] = {b.x, b.y, b.z, b.w};
			for (int r = 0; r < 4; r++)
				for (int c = 0; c < 4; c++) sum[r][c] += dj[r] * hi[c];
		}
	}
	teamSync();
	for (int r = 0; r < 4; r++) quad(&m.part[part][j + r][i]) = {sum[r][0], sum[r][1], sum[r][2], sum[r][3]};
	teamSync();
	for (int k = t; k < kTileJ * kTileI; k += kTeam) {
		const int tj = k / kTileI, ti = k % kTileI;
		if (j0 + tj >= l.out || i0 + ti >= l.in) continue;
		float total = m.part[0][tj][ti];
		for (int p = 1; p < kParts; p++) total += m.part[p][tj][ti];
		take(task, l.weight + (j0 + tj) * l.in + i0 + ti, total, n);
	}
	teamSync();
}

// columnSums: d of the convolutions' parameters and of all biases, Σ_n record[n][column],
// for 32 columns from column.
DEVICE void columnSums(const Task &task, UpdateMemory &m, int n, int column) {
	const int t = teamThread(), part = t / kWarp, c = column + t % kWarp;
	float sum = 0;
	if (c < kColumns) {
#pragma unroll 8
		for (int k = part; k < n; k += kParts) sum += reinterpret_cast<const float *>(&task.records[k])[c];
	}
	m.part[part][0][t % kWarp] = sum;
	teamSync();
	if (part == 0 && c < kColumns) {
		for (int p = 1; p < kParts; p++) sum += m.part[p][0][t];
		constexpr int bias3 = kConvColumns, bias4 = bias3 + 120, bias5 = bias4 + 84;
		const int parameter = c < bias3 ? c : c < bias4 ? 50572 + c - bias3 : c < bias5 ? 60772 + c - bias4 : 61696 + c - bias5;
		take(task, parameter, sum, n);
	}
	teamSync();
}

// totals sums losses and right guesses. Thread 0 of the team returns the sum.
DEVICE Step totals(const Task &task, UpdateMemory &m, int n) {
	const int t = teamThread();
	double loss = 0;
	int correct = 0;
	for (int k = t; k < n; k += kTeam) loss += task.losses[k], correct += task.hits[k];
	m.loss[t] = loss, m.correct[t] = correct;
	for (int half = kTeam / 2; half > 0; half /= 2) {
		teamSync();
		if (t < half) m.loss[t] += m.loss[t + half], m.correct[t] += m.correct[t + half];
	}
	teamSync();
	Step s = {m.loss[0], m.correct[0], 0};
	teamSync();
	return s;
}

// finishStep writes the step's statistics to the host's memory and says which step is next.
DEVICE void finishStep(const Task &task, UpdateMemory &m, int n, int step) {
	const int stop = teamThread() == 0 ? hear(&task.progress->stop) : 0;
	Step s = totals(task, m, n);
	if (teamThread() != 0) return;
	task.steps[step] = s;
	publish(&task.progress->done, step + 1);
	task.control->next = stop ? 0x7fffffff : step + 1;
}

// update ends a step on n examples. Teams take tiles of the work in turn: first the
// linear layers' weights, then the columns, then the statistics.
constexpr int tilesOf(int out, int in) { return (out + kTileJ - 1) / kTileJ * ((in + kTileI - 1) / kTileI); }
constexpr int kTiles3 = tilesOf(120, 400), kTiles4 = kTiles3 + tilesOf(84, 120), kTiles5 = kTiles4 + tilesOf(10, 84);
constexpr int kTilesColumns = kTiles5 + (kColumns + kWarp - 1) / kWarp;
static_assert(kTiles == kTilesColumns + 1);

template <int E> DEVICE void update(const Task &task, BlockMemory<E> &m, int n, int step) {
	constexpr int d3 = kConvColumns, d4 = d3 + 120, d5 = d4 + 84, h2 = kColumns + 2, h3 = h2 + 400, h4 = h3 + 120;
	UpdateMemory &mine = m.update[teamIndex()];
	for (int tile = blockIndex() * E + teamIndex(); tile < kTiles; tile += gridSize() * E)
		if (tile < kTiles5) {
			Linear l = {400, 120, d3, h2, 2572};
			int first = 0;
			if (tile >= kTiles3) l = {120, 84, d4, h3, 50692}, first = kTiles3;
			if (tile >= kTiles4) l = {84, 10, d5, h4, 60856}, first = kTiles4;
			outerProducts(task, mine, n, tile - first, l);
		} else if (tile < kTilesColumns) {
			columnSums(task, mine, n, (tile - kTiles5) * kWarp);
		} else {
			finishStep(task, mine, n, step);
		}
}

// ---- Entry points -----------------------------------------------------------

// stepSize is the number of examples in a step, 0 past the last.
DEVICE int stepSize(const Task &task, int step) {
	int64_t left = task.n - int64_t(step) * task.batch;
	return left > task.batch ? task.batch : left > 0 ? int(left) : 0;
}

// gradients1 and update are a step, for a graph; gradients2 has two examples a block.
template <int E> DEVICE void gradientsOfNext(const Task &task, BlockMemory<E> &m) {
	const int step = task.control->next;
	if (blockIndex() == 0 && threadIndex() == 0) task.control->current = step;
	if (int n = stepSize(task, step)) gradients(task, m, int64_t(step) * task.batch, n);
}
KERNEL(gradients1, 1 * kTeam, 2) { gradientsOfNext(task, SHARED(BlockMemory<1>)); }
KERNEL(gradients2, 2 * kTeam, 1) { gradientsOfNext(task, SHARED(BlockMemory<2>)); }
KERNEL(update, kTeam, 2) {
	const int step = task.control->current;
	if (int n = stepSize(task, step)) update(task, SHARED(BlockMemory<1>), n, step);
}

// epoch1 and epoch2 take all steps in one launch, whose blocks must all be resident.
template <int E> DEVICE void epoch(const Task &task, BlockMemory<E> &m) {
	uint32_t target = 0;
	auto gridSync = [&] {
		blockSync();
		target += gridSize();
		if (threadIndex() == 0) {
			arrive(&task.control->arrivals);
			while (int32_t(arrived(&task.control->arrivals) - target) < 0) relax();
		}
		blockSync();
	};
	for (;;) {
		const int step = task.control->next, n = stepSize(task, step);
		if (n == 0) return;
		gradients(task, m, int64_t(step) * task.batch, n);
		gridSync();
		update(task, m, n, step);
		gridSync();
	}
}
KERNEL(epoch1, 1 * kTeam, 2) { epoch(task, SHARED(BlockMemory<1>)); }
KERNEL(epoch2, 2 * kTeam, 1) { epoch(task, SHARED(BlockMemory<2>)); }

// evaluate runs the images forward: losses, hits and confusion. Where there is room
// for the logits, it writes them instead, and every layer's output too.
KERNEL(evaluate, kTeam, 2) {
	auto &m = SHARED(BlockMemory<1>);
	loadWeights(*task.weights, m);
	for (int k = blockIndex(); k < task.n; k += gridSize()) {
		blockSync();
		Trace *trace = task.trace ? &task.trace[k] : nullptr;
		forward(task, m, task.images + int64_t(k) * 784, trace);
		const int t = threadIndex();
		if (trace)
			for (int i = t; i < 784; i += kTeam) trace->input[i / 28][i % 28] = m.team[0].image[2 + i / 28][2 + i % 28];
		if (task.logits) {
			if (t < 10) task.logits[k * 10 + t] = m.team[0].z5[t];
		} else if (t == 0) {
			int label = task.labels[k], guess;
			task.losses[k] = crossEntropy(m.team[0], label, guess);
			task.hits[k] = guess == label;
			addAtomic(&task.confusion[label * 10 + guess], 1);
		}
	}
}

// sum adds up what evaluate left, in one block: steps[0].
KERNEL(sum, kTeam, 1) {
	Step s = totals(task, SHARED(BlockMemory<1>).update[0], task.n);
	if (threadIndex() == 0) task.steps[0] = s;
}
