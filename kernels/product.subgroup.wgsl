// product.subgroup: product.wgsl for adapters where loads are dear and all subgroups have one size of 8 or more (lavapipe). The lanes
// of a subgroup own columns; each loads some of the tile's rows and passes them round, so that a row is loaded once a subgroup.
// Formula and layouts as in product.wgsl. A workgroup is one subgroup; it takes four steps of k at once.
//
//   const ROWS         rows a workgroup, at most 32
//   override LANES     the subgroup's size; a lane's four columns are LANES apart
//   const ADD          adds to what the output holds
// Written out as gemm.subgroup.wgsl is, and for the same reasons.

enable subgroups;

const ROWS: u32 = 32u;
const TN: u32 = 4u;
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

alias Columns = array<vec4<f32>, TN>;
// Group of 8 rows, row.
alias Sums = array<array<vec4<f32>, 8>, (ROWS + 7u) / 8u>;

// One row's products with the lane's columns; `i` is the lane that loaded the row.
fn products(a: vec4<f32>, i: u32, w: Columns) -> vec4<f32> {
  let row = subgroupShuffle(a, i);
  return vec4<f32>(dot(row, w[0]), dot(row, w[1]), dot(row, w[2]), dot(row, w[3]));
}

// Adds the products of group g, of whose rows each lane has loaded one. ROWS, and g after inlining, are constants: no branch is left.
fn accumulate(sum: ptr<function, Sums>, g: u32, a: vec4<f32>, w: Columns) {
  let count = ROWS - 8u * g;
  (*sum)[g][0] += products(a, 0u, w);
  if (count > 1u) { (*sum)[g][1] += products(a, 1u, w); }
  if (count > 2u) { (*sum)[g][2] += products(a, 2u, w); }
  if (count > 3u) { (*sum)[g][3] += products(a, 3u, w); }
  if (count > 4u) { (*sum)[g][4] += products(a, 4u, w); }
  if (count > 5u) { (*sum)[g][5] += products(a, 5u, w); }
  if (count > 6u) { (*sum)[g][6] += products(a, 6u, w); }
  if (count > 7u) { (*sum)[g][7] += products(a, 7u, w); }
}

// Four steps of a row; those past the end are the last one, and `live` makes them 0.
fn row_at(start: u32, k: vec4<u32>, live: vec4<f32>) -> vec4<f32> {
  let at = start + k * params.input_step;
  return live * vec4<f32>(input[at.x], input[at.y], input[at.z], input[at.w]);
}

fn column_at(start: u32, k: vec4<u32>) -> vec4<f32> {
  let at = start + k * params.weight_step;
  return vec4<f32>(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + TN * LANES - 1u) / (TN * LANES);
  let m = tile / across * ROWS;
  let n = tile % across * TN * LANES + lane;
  // Rows and columns past the end repeat the last one: loads stay in bounds, their results are not stored.
  let rows = min(vec4<u32>(0u, 8u, 16u, 24u) + m + lane % 8u, vec4<u32>(params.m - 1u)) * params.input_row + params.input_start;
  let columns = min(n + vec4<u32>(0u, 1u, 2u, 3u) * LANES, vec4<u32>(params.n - 1u)) * params.weight_column;
  var sum: Sums;
  for (var step = 0u; step < params.k; step += 4u) {
    let steps = step + vec4<u32>(0u, 1u, 2u, 3u);
    let live = select(vec4<f32>(), vec4<f32>(1.0), steps < vec4<u32>(params.k));
    let k = min(steps, vec4<u32>(params.k - 1u));
    let w = Columns(column_at(columns.x, k), column_at(columns.y, k), column_at(columns.z, k), column_at(columns.w, k));
    accumulate(&sum, 0u, row_at(rows.x, k, live), w);
    if (ROWS > 8u) { accumulate(&sum, 1u, row_at(rows.y, k, live), w); }
    if (ROWS > 16u) { accumulate(&sum, 2u, row_at(rows.z, k, live), w); }
    if (ROWS > 24u) { accumulate(&sum, 3u, row_at(rows.w, k, live), w); }
  }
  for (var i = 0u; i < min(ROWS, params.m - m); i++) {
    for (var j = 0u; j < TN; j++) {
      let column = n + j * LANES;
      if (column >= params.n) { continue; }
      let at = params.output_start + (m + i) * params.n + column;
      let y = sum[i / 8u][i % 8u][j];
      if (ADD) { output[at] += y; } else { output[at] = y; }
    }
  }
}
