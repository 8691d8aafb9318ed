// gemm, row family: output[m, n] = y[n] / |y|, y[n] = sum over k of input[m, k] * weight[n, k] + bias[n]: the L2 norm of a
// row is taken in the kernel that makes it. Layouts as in gemm.wgsl, the weight whole. One workgroup a row: for small nets.
//
//   flag  BIAS   adds the operand `bias`

const WORKGROUP: u32 = 64u;

struct Params {
  m: u32,
  n: u32,
  k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
//#if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

var<workgroup> squares: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.m) { return; }
  var square = 0.0;
  for (var n = lane; n < params.n; n += WORKGROUP) {
    var y = 0.0;
    for (var k = 0u; k < params.k; k++) { y += input[row * params.k + k] * weight[n * params.k + k]; }
//#if BIAS
    y += bias[n];
//#end
    square += y * y;
    output[row * params.n + n] = y;
  }
  squares[lane] = square;
  workgroupBarrier();
  var all = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) { all += squares[i]; }
  let scale = select(1.0 / sqrt(all), 0.0, all == 0.0);
  // Each thread scales what it wrote itself, so no barrier is needed for `output`.
  for (var n = lane; n < params.n; n += WORKGROUP) { output[row * params.n + n] *= scale; }
}
