// gemm: output[m, first + n] = act(sum over k of input[m, k] * weight[n, k] + bias[n]); f32 accumulate.
// Layouts: input [m, k], weight [n, k] (a piece of the whole, its first row is `first`), bias [columns], output [m, columns].
//
//   alias T            vec4<f32> where k is a multiple of 4, else f32 (then LANES = 1, FOLD = 0.25)
//   const TM TN        outputs a thread: rows, columns
//   override WG_M WG_N threads a workgroup
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`
// Register tiles only, no workgroup memory: fits any adapter.

alias T = vec4<f32>;
const LANES: u32 = 4u;
const FOLD: f32 = f32(1.0);
const TM: u32 = 4u;
const TN: u32 = 4u;
const ACTIVATION: u32 = 0u;
override WG_M: u32 = 8u;
override WG_N: u32 = 8u;

struct Params {
  m: u32,
  n: u32,       // rows of this piece of the weight
  k: u32,
  first: u32,   // the piece's first row in the whole weight
  columns: u32, // rows of the whole weight
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<T>;
@group(0) @binding(2) var<storage, read> weight: array<T>;
//#if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

// The sum of T's lanes: a splat scalar counts four times, FOLD takes that back (exactly).
fn total(x: T) -> f32 {
  return dot(vec4<f32>(x), vec4<f32>(1.0)) * FOLD;
}

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

@compute @workgroup_size(WG_N, WG_M)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + TN * WG_N - 1u) / (TN * WG_N);
  let row = (tile / across * WG_M + local.y) * TM;
  let column = (tile % across * WG_N + local.x) * TN;
  if (row >= params.m || column >= params.n) { return; }
  let steps = params.k / LANES;
  // Rows and columns past the end repeat the last one: loads stay in bounds, their results are not stored.
  var a_at: array<u32, TM>;
  var w_at: array<u32, TN>;
  for (var i = 0u; i < TM; i++) { a_at[i] = min(row + i, params.m - 1u) * steps; }
  for (var j = 0u; j < TN; j++) { w_at[j] = min(column + j, params.n - 1u) * steps; }
  var sum: array<array<T, TN>, TM>;
  for (var k = 0u; k < steps; k++) {
    var w: array<T, TN>;
    for (var j = 0u; j < TN; j++) { w[j] = weight[w_at[j] + k]; }
    for (var i = 0u; i < TM; i++) {
      let a = input[a_at[i] + k];
      for (var j = 0u; j < TN; j++) { sum[i][j] += a * w[j]; }
    }
  }
  for (var i = 0u; i < TM; i++) {
    for (var j = 0u; j < TN; j++) {
      if (row + i >= params.m || column + j >= params.n) { continue; }
      var y = total(sum[i][j]);
//#if BIAS
      y += bias[params.first + column + j];
//#end
      output[(row + i) * params.columns + params.first + column + j] = activate(y);
    }
  }
}
