// gemm: output[m, first + n] = act(sum over k of input[m, k] * weight[n, k] + bias[n]); f32 accumulate.
// Layouts: input [m, k], weight [n, k] (a piece of the whole, its first row is `first`), bias [columns], output [m, columns].
//
//   alias T            vec4<f32> where k is a multiple of 4, else f32 (then LANES = 1, FOLD = 0.25)
//   override WG_M WG_N threads a workgroup; each computes 4 rows by 4 columns
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`
// Register tiles only, no workgroup memory: fits any adapter. The tile is written out because software adapters keep arrays that
// loops index in memory, several times slower than registers.

alias T = vec4<f32>;
const LANES: u32 = 4u;
const FOLD: f32 = f32(1.0);
const ACTIVATION: u32 = 0u;
override WG_M: u32 = 8u;
override WG_N: u32 = 8u;

struct Params {
  m: u32,
  n: u32,       // rows of this piece of the weight
  k: u32,
  first: u32,   // the piece's first row in the whole weight
  columns: u32, // rows of the whole weight
  stride: u32,  // elements from one row of the input to the next
  // From one matrix of a batch to the next (group.z), in elements, of the weight in rows; 0 for a single one.
  next_input: u32,
  next_weight: u32,
  next_output: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<T>;
@group(0) @binding(2) var<storage, read> weight: array<T>;
//#if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

// The inner product of T's lanes: a splat scalar counts four times, FOLD takes that back (exactly).
fn inner(a: T, w: T) -> f32 {
  return dot(vec4<f32>(a), vec4<f32>(w)) * FOLD;
}

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

fn store(start: u32, m: u32, n: u32, sums: vec4<f32>) {
  if (m >= params.m) { return; }
  for (var j = 0u; j < 4u && n + j < params.n; j++) {
    var y = sums[j];
//#if BIAS
    y += bias[params.first + n + j];
//#end
    output[start + m * params.columns + params.first + n + j] = activate(y);
  }
}

@compute @workgroup_size(WG_N, WG_M)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + 4u * WG_N - 1u) / (4u * WG_N);
  let m = (tile / across * WG_M + local.y) * 4u;
  let n = (tile % across * WG_N + local.x) * 4u;
  if (m >= params.m || n >= params.n) { return; }
  let steps = params.k / LANES;
  // Rows and columns past the end repeat the last one: loads stay in bounds, their results are not stored.
  let along = vec4<u32>(0u, 1u, 2u, 3u);
  let rows = (min(m + along, vec4<u32>(params.m - 1u)) * params.stride + group.z * params.next_input) / LANES;
  let columns = (min(n + along, vec4<u32>(params.n - 1u)) + group.z * params.next_weight) * steps;
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  for (var k = 0u; k < steps; k++) {
    let w0 = weight[columns.x + k];
    let w1 = weight[columns.y + k];
    let w2 = weight[columns.z + k];
    let w3 = weight[columns.w + k];
    let a0 = input[rows.x + k];
    sum0 += vec4<f32>(inner(a0, w0), inner(a0, w1), inner(a0, w2), inner(a0, w3));
    let a1 = input[rows.y + k];
    sum1 += vec4<f32>(inner(a1, w0), inner(a1, w1), inner(a1, w2), inner(a1, w3));
    let a2 = input[rows.z + k];
    sum2 += vec4<f32>(inner(a2, w0), inner(a2, w1), inner(a2, w2), inner(a2, w3));
    let a3 = input[rows.w + k];
    sum3 += vec4<f32>(inner(a3, w0), inner(a3, w1), inner(a3, w2), inner(a3, w3));
  }
  let start = group.z * params.next_output;
  store(start, m, n, sum0);
  store(start, m + 1u, n, sum1);
  store(start, m + 2u, n, sum2);
  store(start, m + 3u, n, sum3);
}
