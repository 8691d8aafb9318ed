// product.vector: product.subgroup.wgsl for sizes that are multiples of 4, so that every load takes four numbers at once: on lavapipe a
// load's price is its lanes', not its numbers'. Layouts as in product.wgsl; strides come from the form.
//
//   const FORM         0: input [m, k], weight [n, k] · 1: input [m, k], weight [k, n] · 2: input [k, m], weight [k, n]
//   const ROWS         rows a workgroup, at most 32
//   override LANES     the subgroup's size; a lane has four columns side by side
//   const ADD          adds to what the output holds
// What is loaded along k (both operands of form 0, the input of form 1) needs k to be a multiple of 4, what is loaded along m or n
// these. Four steps of k at once; those past the end are the last one, times 0. Written out as gemm.subgroup.wgsl is.

enable subgroups;

const FORM: u32 = 1u;
const ROWS: u32 = 32u;
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
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

// Four steps of the lane's four columns: a vec4 a step.
alias Weights = mat4x4<f32>;
// Group of 8 rows, row.
alias Sums = array<array<vec4<f32>, 8>, (ROWS + 7u) / 8u>;

// Row i of group g, four steps of it, from the lanes that loaded it: one row a lane and group, or in form 2 four rows a lane and step.
fn row_of(a: mat4x4<f32>, g: u32, i: u32) -> vec4<f32> {
  if (FORM != 2u) { return subgroupShuffle(a[g], i); }
  let from_lane = 2u * g + i / 4u;
  let c = i % 4u;
  return vec4<f32>(
    subgroupShuffle(a[0][c], from_lane),
    subgroupShuffle(a[1][c], from_lane),
    subgroupShuffle(a[2][c], from_lane),
    subgroupShuffle(a[3][c], from_lane),
  );
}

// Adds the products of group g. ROWS, FORM, and g after inlining, are constants: no branch is left.
fn accumulate(sum: ptr<function, Sums>, g: u32, a: mat4x4<f32>, w: Weights) {
  let count = ROWS - 8u * g;
  (*sum)[g][0] += w * row_of(a, g, 0u);
  if (count > 1u) { (*sum)[g][1] += w * row_of(a, g, 1u); }
  if (count > 2u) { (*sum)[g][2] += w * row_of(a, g, 2u); }
  if (count > 3u) { (*sum)[g][3] += w * row_of(a, g, 3u); }
  if (count > 4u) { (*sum)[g][4] += w * row_of(a, g, 4u); }
  if (count > 5u) { (*sum)[g][5] += w * row_of(a, g, 5u); }
  if (count > 6u) { (*sum)[g][6] += w * row_of(a, g, 6u); }
  if (count > 7u) { (*sum)[g][7] += w * row_of(a, g, 7u); }
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + 4u * LANES - 1u) / (4u * LANES);
  let m = tile / across * ROWS;
  let n = tile % across * 4u * LANES + 4u * lane;
  // Rows and columns past the end repeat the last ones: loads stay in bounds, their results are not stored.
  let start = params.input_start / 4u;
  let rows = min(vec4<u32>(0u, 8u, 16u, 24u) + m + lane % 8u, vec4<u32>(params.m - 1u)) * (params.input_row / 4u) + start;
  let quad = min(m / 4u + lane % 8u, params.m / 4u - 1u) + start;
  let columns = min(n + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.n - 1u)) * (params.weight_column / 4u);
  let column_quad = min(n, params.n - 4u) / 4u;
  var sum: Sums;
  for (var step = 0u; step < params.k; step += 4u) {
    var a: mat4x4<f32>;
    var w: Weights;
    let steps = min(step + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.k - 1u));
    if (FORM == 2u) {
      let at = quad + steps * (params.input_step / 4u);
      let live = select(vec4<f32>(), vec4<f32>(1.0), step + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(params.k));
      a = mat4x4<f32>(live.x * input[at.x], live.y * input[at.y], live.z * input[at.z], live.w * input[at.w]);
    } else {
      let at = rows + step / 4u;
      a[0] = input[at.x];
      if (ROWS > 8u) { a[1] = input[at.y]; }
      if (ROWS > 16u) { a[2] = input[at.z]; }
      if (ROWS > 24u) { a[3] = input[at.w]; }
    }
    if (FORM == 0u) {
      let at = columns + step / 4u;
      w = transpose(mat4x4<f32>(weight[at.x], weight[at.y], weight[at.z], weight[at.w]));
    } else {
      let at = column_quad + steps * (params.weight_step / 4u);
      w = mat4x4<f32>(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
    }
    accumulate(&sum, 0u, a, w);
    if (ROWS > 8u) { accumulate(&sum, 1u, a, w); }
    if (ROWS > 16u) { accumulate(&sum, 2u, a, w); }
    if (ROWS > 24u) { accumulate(&sum, 3u, a, w); }
  }
  for (var i = 0u; i < min(ROWS, params.m - m); i++) {
    for (var j = 0u; j < 4u && n + j < params.n; j++) {
      let at = params.output_start + (m + i) * params.n + n + j;
      let y = sum[i / 8u][i % 8u][j];
      if (ADD) { output[at] += y; } else { output[at] = y; }
    }
  }
}
