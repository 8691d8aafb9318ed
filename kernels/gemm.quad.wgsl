// gemm.quad: gemm.wgsl for adapters where loads are dear and subgroups are of 4 (SwiftShader). The lanes of a quad own eight columns
// each; each loads some of the tile's rows, and they swap them, so that a row is loaded once a quad.
// Layouts as in gemm.wgsl; k is a multiple of 4. A workgroup is one quad.
//
//   const ROWS         rows a workgroup: 4, 8, 12, … 28
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`
// The sums are written out: in arrays that loops index, each would be stored to memory at each step. Taller tiles are faster, but
// SwiftShader takes longer to compile them: 0.15 s for 4 rows, 0.3 s for 28, in every process.

enable subgroups;

const ROWS: u32 = 16u;
const ACTIVATION: u32 = 0u;

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
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
//#if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

// Where a row of the input begins, in vec4s. Rows past the end repeat the last one: loads stay in bounds, their results are not stored.
fn source(row: u32, z: u32) -> u32 {
  return (min(row, params.m - 1u) * params.stride + z * params.next_input) / 4u;
}

// A matrix for the lane's first four columns, and one for the others.
struct Pair {
  left: mat4x4<f32>,
  right: mat4x4<f32>,
}

// Adds four rows' products with the lane's columns. The quad has loaded the rows; in lane l, column i of the matrix is that of lane l ^ i.
fn add(sum: Pair, a: vec4<f32>, w: Pair) -> Pair {
  let rows = mat4x4<f32>(a, quadSwapX(a), quadSwapY(a), quadSwapDiagonal(a));
  return Pair(sum.left + w.left * rows, sum.right + w.right * rows);
}

// Four steps of four columns, a column in a row.
fn load(columns: vec4<u32>) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(weight[columns.x], weight[columns.y], weight[columns.z], weight[columns.w]));
}

// One row's results in four columns, which are 4 apart.
fn store(start: u32, m: u32, n: u32, sums: vec4<f32>) {
  if (m >= params.m) { return; }
  for (var j = 0u; j < 4u; j++) {
    let column = n + 4u * j;
    if (column >= params.n) { return; }
    var y = sums[j];
//#if BIAS
    y += bias[params.first + column];
//#end
    output[start + m * params.columns + params.first + column] = activate(y);
  }
}

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + 31u) / 32u;
  let m = tile / across * ROWS;
  let n = tile % across * 32u + lane;
  if (m >= params.m) { return; }
  let steps = params.k / 4u;
  let along = n + vec4<u32>(0u, 4u, 8u, 12u);
  let last = vec4<u32>(params.n - 1u);
  let left = (min(along, last) + group.z * params.next_weight) * steps;
  let right = (min(along + 16u, last) + group.z * params.next_weight) * steps;
  let at0 = source(m + lane, group.z);
  let at1 = source(m + 4u + lane, group.z);
  let at2 = source(m + 8u + lane, group.z);
  let at3 = source(m + 12u + lane, group.z);
  let at4 = source(m + 16u + lane, group.z);
  let at5 = source(m + 20u + lane, group.z);
  let at6 = source(m + 24u + lane, group.z);
  var sum0 = Pair();
  var sum1 = Pair();
  var sum2 = Pair();
  var sum3 = Pair();
  var sum4 = Pair();
  var sum5 = Pair();
  var sum6 = Pair();
  for (var k = 0u; k < steps; k++) {
    let w = Pair(load(left + k), load(right + k));
    sum0 = add(sum0, input[at0 + k], w);
    if (ROWS > 4u) { sum1 = add(sum1, input[at1 + k], w); }
    if (ROWS > 8u) { sum2 = add(sum2, input[at2 + k], w); }
    if (ROWS > 12u) { sum3 = add(sum3, input[at3 + k], w); }
    if (ROWS > 16u) { sum4 = add(sum4, input[at4 + k], w); }
    if (ROWS > 20u) { sum5 = add(sum5, input[at5 + k], w); }
    if (ROWS > 24u) { sum6 = add(sum6, input[at6 + k], w); }
  }
  let start = group.z * params.next_output;
  let sums = array<Pair, 7>(sum0, sum1, sum2, sum3, sum4, sum5, sum6);
  for (var i = 0u; i < ROWS; i++) {
    let row = m + (i ^ lane);
    store(start, row, n, sums[i / 4u].left[i % 4u]);
    store(start, row, n + 16u, sums[i / 4u].right[i % 4u]);
  }
}
