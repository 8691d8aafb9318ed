// product.subgroup: product.wgsl for adapters where loads are dear and all subgroups have one size of 8 or more (lavapipe). The lanes
// of a subgroup own columns; each loads one of the tile's rows and they pass them round, so that a row is loaded once a subgroup.
// Formula and layouts as in product.wgsl. A workgroup is one subgroup.
//
//   const GROUPS       groups of 8 rows a workgroup
//   override LANES     the subgroup's size; a lane's four columns are LANES apart
//   const ADD          adds to what the output holds
// Only the last loop indexes the sums: lavapipe compiles one store in place of a hundred.

enable subgroups;

const GROUPS: u32 = 4u;
const ADD: bool = false;
override LANES: u32 = 8u;

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

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + 4u * LANES - 1u) / (4u * LANES);
  let m = tile / across * 8u * GROUPS;
  let n = tile % across * 4u * LANES + lane;
  if (m >= params.m) { return; }
  // Rows and columns past the end repeat the last one: loads stay in bounds, their results are not stored.
  var rows: array<u32, GROUPS>;
  for (var g = 0u; g < GROUPS; g++) {
    rows[g] = min(m + g * 8u + lane % 8u, params.m - 1u) * params.input_row + params.input_start;
  }
  var columns = min(n + vec4<u32>(0u, 1u, 2u, 3u) * LANES, vec4<u32>(params.n - 1u)) * params.weight_column;
  var sum: array<array<vec4<f32>, 8>, GROUPS>;
  for (var k = 0u; k < params.k; k++) {
    let w = vec4<f32>(weight[columns.x], weight[columns.y], weight[columns.z], weight[columns.w]);
    for (var g = 0u; g < GROUPS; g++) {
      let a = input[rows[g] + k * params.input_step];
      sum[g][0] += subgroupShuffle(a, 0u) * w;
      sum[g][1] += subgroupShuffle(a, 1u) * w;
      sum[g][2] += subgroupShuffle(a, 2u) * w;
      sum[g][3] += subgroupShuffle(a, 3u) * w;
      sum[g][4] += subgroupShuffle(a, 4u) * w;
      sum[g][5] += subgroupShuffle(a, 5u) * w;
      sum[g][6] += subgroupShuffle(a, 6u) * w;
      sum[g][7] += subgroupShuffle(a, 7u) * w;
    }
    columns += params.weight_step;
  }
  for (var i = 0u; i < min(8u * GROUPS, params.m - m); i++) {
    for (var j = 0u; j < 4u; j++) {
      let column = n + j * LANES;
      if (column >= params.n) { continue; }
      let at = params.output_start + (m + i) * params.n + column;
      let y = sum[i / 8u][i % 8u][j];
      if (ADD) { output[at] += y; } else { output[at] = y; }
    }
  }
}
