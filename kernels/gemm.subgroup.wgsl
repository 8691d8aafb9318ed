// gemm.subgroup: gemm.wgsl for adapters where loads are dear and all subgroups have one size of 8 or more (lavapipe). The lanes of a
// subgroup own columns; each loads some of the tile's rows and passes them round, so that a row is loaded once a subgroup.
// Layouts as in gemm.wgsl; k is a multiple of 4. A workgroup is one subgroup.
//
//   const GROUPS       groups of 8 rows a workgroup
//   override LANES     the subgroup's size; a lane's TN columns are LANES apart
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`
// Loops have constant bounds and few rounds: lavapipe unrolls them and keeps the sums in registers.

enable subgroups;

const GROUPS: u32 = 2u;
const TN: u32 = 4u;
const ACTIVATION: u32 = 0u;
override LANES: u32 = 8u;

struct Params {
  m: u32,
  n: u32,       // rows of this piece of the weight
  k: u32,
  first: u32,   // the piece's first row in the whole weight
  columns: u32, // rows of the whole weight
  // From one matrix of a batch to the next (group.z), in elements; 0 for a single one.
  next_input: u32,
  next_weight: u32,
  next_output: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
//#if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

alias Columns = array<vec4<f32>, TN>;

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

// One row's products with the lane's columns.
fn products(a: vec4<f32>, w: Columns) -> vec4<f32> {
  return vec4<f32>(dot(a, w[0]), dot(a, w[1]), dot(a, w[2]), dot(a, w[3]));
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + TN * LANES - 1u) / (TN * LANES);
  let m = tile / across * 8u * GROUPS;
  let n = tile % across * TN * LANES + lane;
  let steps = params.k / 4u;
  // Rows and columns past the end repeat the last one: loads stay in bounds, their results are not stored.
  var rows: array<u32, GROUPS>;
  var columns: array<u32, TN>;
  for (var g = 0u; g < GROUPS; g++) { rows[g] = min(m + g * 8u + lane % 8u, params.m - 1u) * steps + group.z * (params.next_input / 4u); }
  for (var j = 0u; j < TN; j++) { columns[j] = min(n + j * LANES, params.n - 1u) * steps + group.z * (params.next_weight / 4u); }
  var sum: array<array<vec4<f32>, 8>, GROUPS>;
  for (var k = 0u; k < steps; k++) {
    var w: Columns;
    for (var j = 0u; j < TN; j++) { w[j] = weight[columns[j] + k]; }
    for (var g = 0u; g < GROUPS; g++) {
      let a = input[rows[g] + k];
      sum[g][0] += products(subgroupBroadcast(a, 0u), w);
      sum[g][1] += products(subgroupBroadcast(a, 1u), w);
      sum[g][2] += products(subgroupBroadcast(a, 2u), w);
      sum[g][3] += products(subgroupBroadcast(a, 3u), w);
      sum[g][4] += products(subgroupBroadcast(a, 4u), w);
      sum[g][5] += products(subgroupBroadcast(a, 5u), w);
      sum[g][6] += products(subgroupBroadcast(a, 6u), w);
      sum[g][7] += products(subgroupBroadcast(a, 7u), w);
    }
  }
  for (var g = 0u; g < GROUPS; g++) {
    for (var i = 0u; i < 8u; i++) {
      let row = m + g * 8u + i;
      for (var j = 0u; j < TN; j++) {
        let column = n + j * LANES;
        if (row >= params.m || column >= params.n) { continue; }
        var y = sum[g][i][j];
//#if BIAS
        y += bias[params.first + column];
//#end
        output[group.z * params.next_output + row * params.columns + params.first + column] = activate(y);
      }
    }
  }
}
