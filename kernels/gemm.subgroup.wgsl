// gemm.subgroup: gemm.wgsl for adapters where loads are dear and all subgroups have one size of 8 or more (lavapipe). The lanes of a
// subgroup own columns; each loads some of the tile's rows and passes them round, so that a row is loaded once a subgroup.
// Layouts as in gemm.wgsl; k is a multiple of 4. A workgroup is one subgroup.
//
//   const ROWS         rows a workgroup, at most 32
//   override LANES     the subgroup's size; a lane's TN columns are LANES apart
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`
//   flag  PLAIN        the weight is the buffer `weight`
//   flag  PACKED       the weight is the texture `packed` (lib/gpu/packing.ts), which lavapipe loads from in half the time
// The sums are written out in groups of 8 rows; only the last loop indexes them. So lavapipe keeps the inner loop free of
// branches, and compiles one store in place of a hundred.

enable subgroups;

const ROWS: u32 = 16u;
const TN: u32 = 4u;
const ACTIVATION: u32 = 0u;
override LANES: u32 = 8u;

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
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;
//#if PLAIN
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
//#end
//#if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;
//#if PACKED
@group(0) @binding(5) var packed: texture_storage_2d<rgba32float, read>;
//#end

alias Columns = array<vec4<f32>, TN>;
// Group of 8 rows, row.
alias Sums = array<array<vec4<f32>, 8>, (ROWS + 7u) / 8u>;

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

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

// Where a row of this tile begins, in vec4s. Rows past the end repeat the last one: loads stay in bounds, their results are not stored.
fn source(row: u32, z: u32) -> u32 {
  return (min(row, params.m - 1u) * params.stride + z * params.next_input) / 4u;
}

// Where a row of the weight begins.
fn column_at(row: u32) -> vec2<u32> {
  var at = vec2<u32>();
//#if PLAIN
  at.x = row * (params.k / 4u);
//#end
//#if PACKED
  let height = textureDimensions(packed).y;
  at = vec2<u32>(row / height * (((params.k + 15u) / 16u) | 1u) * 4u, row % height);
//#end
  return at;
}

fn load(at: vec2<u32>, k: u32) -> vec4<f32> {
  var w = vec4<f32>();
//#if PLAIN
  w = weight[at.x + k];
//#end
//#if PACKED
  w = textureLoad(packed, vec2<u32>(at.x + k, at.y));
//#end
  return w;
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
  if (m >= params.m) { return; }
  let rows = vec4<u32>(0u, 8u, 16u, 24u) + m + lane % 8u;
  let at0 = source(rows.x, group.z);
  let at1 = source(rows.y, group.z);
  let at2 = source(rows.z, group.z);
  let at3 = source(rows.w, group.z);
  var columns: array<vec2<u32>, TN>;
  for (var j = 0u; j < TN; j++) { columns[j] = column_at(min(n + j * LANES, params.n - 1u) + group.z * params.next_weight); }
  var sum: Sums;
  for (var k = 0u; k < params.k / 4u; k++) {
    let w = Columns(load(columns[0], k), load(columns[1], k), load(columns[2], k), load(columns[3], k));
    accumulate(&sum, 0u, input[at0 + k], w);
    if (ROWS > 8u) { accumulate(&sum, 1u, input[at1 + k], w); }
    if (ROWS > 16u) { accumulate(&sum, 2u, input[at2 + k], w); }
    if (ROWS > 24u) { accumulate(&sum, 3u, input[at3 + k], w); }
  }
  for (var i = 0u; i < min(ROWS, params.m - m); i++) {
    for (var j = 0u; j < TN; j++) {
      let column = n + j * LANES;
      if (column >= params.n) { continue; }
      var y = sum[i / 8u][i % 8u][j];
//#if BIAS
      y += bias[params.first + column];
//#end
      output[group.z * params.next_output + (m + i) * params.columns + params.first + column] = activate(y);
    }
  }
}
