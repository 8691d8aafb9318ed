// product: output[i, j] (+)= sum over k of input[i, k] * weight[k, j], each operand with strides of its own: the three products that a
// linear layer and its gradients need, from any row of a matrix on.
// Layouts: element [i, k] of the input is at input_start + i·input_row + k·input_step, element [k, j] of the weight at
// k·weight_step + j·weight_column; the output [*, n] begins at output_start.
//
//   override WG_M WG_N threads a workgroup; each computes 4 rows by 4 columns
//   const ADD          adds to what the output holds
// Register tiles only, written out as in gemm.wgsl. Fits any adapter.

override WG_M: u32 = 8u;
override WG_N: u32 = 8u;
const ADD: bool = false;

struct Params {
  m: u32,
  n: u32,
  k: u32,
  input_start: u32,
  input_row: u32,
  input_step: u32,
  weight_column: u32,
  weight_step: u32,
  output_start: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

fn store(m: u32, n: u32, sums: vec4<f32>) {
  if (m >= params.m) { return; }
  for (var j = 0u; j < 4u && n + j < params.n; j++) {
    let at = params.output_start + m * params.n + n + j;
    if (ADD) { output[at] += sums[j]; } else { output[at] = sums[j]; }
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
  // Rows and columns past the end repeat the last one: loads stay in bounds, their results are not stored.
  let along = vec4<u32>(0u, 1u, 2u, 3u);
  var rows = min(m + along, vec4<u32>(params.m - 1u)) * params.input_row + params.input_start;
  var columns = min(n + along, vec4<u32>(params.n - 1u)) * params.weight_column;
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  for (var k = 0u; k < params.k; k++) {
    let w = vec4<f32>(weight[columns.x], weight[columns.y], weight[columns.z], weight[columns.w]);
    sum0 += input[rows.x] * w;
    sum1 += input[rows.y] * w;
    sum2 += input[rows.z] * w;
    sum3 += input[rows.w] * w;
    rows += params.input_step;
    columns += params.weight_step;
  }
  store(m, n, sum0);
  store(m + 1u, n, sum1);
  store(m + 2u, n, sum2);
  store(m + 3u, n, sum3);
}
