// gemm.tiled: gemm.wgsl for GPUs. A workgroup of 8 × 8 threads computes 8·TM rows by 64 columns; both operands pass through workgroup
// memory, 16 of k at a time, so that each number is loaded once a workgroup. A thread owns TM rows and 8 columns.
// Layouts as in gemm.wgsl; k is a multiple of 4. At TM = 8 it takes 8 KiB of workgroup memory.
//
//   const TM           rows a thread, 4 or 8
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`

const TM: u32 = 8u;
const ACTIVATION: u32 = 0u;
// Rows of k in workgroup memory, and columns of a tile in vec4s.
const DEPTH: u32 = 16u;
const ACROSS: u32 = 16u;

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

// Both turned round, k by k: four rows of the input, or four columns of the weight, lie side by side.
var<workgroup> rows: array<vec4<f32>, DEPTH * 2u * TM>;
var<workgroup> columns: array<vec4<f32>, DEPTH * ACROSS>;

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

// Four of k of a row of the input, and of a row of the weight; zeros past the end of k. Rows past the end repeat the last one: loads
// stay in bounds, their results are not stored.
fn input_at(row: u32, k: u32, z: u32) -> vec4<f32> {
  if (k >= params.k / 4u) { return vec4<f32>(); }
  return input[(min(row, params.m - 1u) * params.stride + z * params.next_input) / 4u + k];
}

fn weight_at(row: u32, k: u32, z: u32) -> vec4<f32> {
  if (k >= params.k / 4u) { return vec4<f32>(); }
  return weight[(min(row, params.n - 1u) + z * params.next_weight) * (params.k / 4u) + k];
}

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + 63u) / 64u;
  // A tile past the end computes the last one's neighbours in vain; it must not leave, for the barriers below are for all.
  let m = tile / across * 8u * TM;
  let n = tile % across * 64u;
  // The block of 4 rows by 4 of k that the thread moves: neighbours take neighbouring pieces of a row.
  let deep = thread % 4u;
  let block = thread / 4u;
  var sum: array<array<vec4<f32>, 2>, TM>;
  for (var start = 0u; start < params.k; start += DEPTH) {
    let k = start / 4u + deep;
    if (block < 2u * TM) {
      let row = m + 4u * block;
      let turned = transpose(mat4x4<f32>(
        input_at(row, k, group.z), input_at(row + 1u, k, group.z), input_at(row + 2u, k, group.z), input_at(row + 3u, k, group.z),
      ));
      for (var i = 0u; i < 4u; i++) { rows[(4u * deep + i) * 2u * TM + block] = turned[i]; }
    }
    let column = n + 4u * block;
    let turned = transpose(mat4x4<f32>(
      weight_at(column, k, group.z), weight_at(column + 1u, k, group.z),
      weight_at(column + 2u, k, group.z), weight_at(column + 3u, k, group.z),
    ));
    for (var i = 0u; i < 4u; i++) { columns[(4u * deep + i) * ACROSS + block] = turned[i]; }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      // A thread's two vec4s of columns are half a tile apart: neighbours read neighbouring ones.
      let left = columns[d * ACROSS + local.x];
      let right = columns[d * ACROSS + 8u + local.x];
      for (var i = 0u; i < TM / 4u; i++) {
        let a = rows[d * 2u * TM + local.y * (TM / 4u) + i];
        for (var j = 0u; j < 4u; j++) {
          sum[4u * i + j][0] += a[j] * left;
          sum[4u * i + j][1] += a[j] * right;
        }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < TM; i++) {
    let row = m + local.y * TM + i;
    for (var j = 0u; j < 8u; j++) {
      let column = n + j / 4u * 32u + local.x * 4u + j % 4u;
      if (row >= params.m || column >= params.n) { continue; }
      var y = sum[i][j / 4u][j % 4u];
//#if BIAS
      y += bias[params.first + column];
//#end
      output[group.z * params.next_output + row * params.columns + params.first + column] = activate(y);
    }
  }
}
