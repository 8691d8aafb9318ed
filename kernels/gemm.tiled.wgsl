// gemm.tiled: gemm.wgsl for GPUs. A workgroup computes SIDE rows by SIDE columns; both operands pass through workgroup memory, 16 of k at
// a time. A thread owns 8 rows and SIDE/16 columns. Layouts as in gemm.wgsl; k is a multiple of 4.
//
//   const SIDE         64 (128 threads) or 128 (256 threads); takes 128·SIDE bytes of workgroup memory
//   const AHEAD        loads the next 16 of k while it multiplies: worth its registers where few workgroups hide the wait
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`
//   flag  PLAIN        the weight is `weight`
//   flag  HALF         the weight is `half`, four halves of 16 bits in place of four numbers
// The 16 steps of k are written out: compilers leave them a loop, which costs a tenth.

const SIDE: u32 = 128u;
const AHEAD: bool = false;
const ACTIVATION: u32 = 0u;
const THREADS: u32 = 2u * SIDE;
// vec4s along a side, and those of columns that a thread owns.
const QUADS: u32 = SIDE / 4u;
const ACROSS: u32 = SIDE / 64u;

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
//#if HALF
@group(0) @binding(5) var<storage, read> half: array<vec2<u32>>;
//#end

alias Sums = array<array<vec4<f32>, ACROSS>, 8>;
alias Block = mat4x4<f32>;

// Both turned round, k by k: four rows of the input, or four columns of the weight, lie side by side. Where k is 4·deep + i, quad q stands
// at q ^ 2·deep: neighbours in k, which neighbouring threads write, then meet in no bank. (`% QUADS` changes nothing, but lets compilers see
// that no index needs a check.)
var<workgroup> rows: array<vec4<f32>, 16u * QUADS>;
var<workgroup> columns: array<vec4<f32>, 16u * QUADS>;

fn weight_at(i: u32) -> vec4<f32> {
  var w = vec4<f32>();
//#if PLAIN
  w = weight[i];
//#end
//#if HALF
  let pairs = half[i];
  w = vec4<f32>(unpack2x16float(pairs.x), unpack2x16float(pairs.y));
//#end
  return w;
}

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

// One step of k: 8 rows by 4 or 8 columns.
fn multiply(sum: ptr<function, Sums>, upper: vec4<f32>, lower: vec4<f32>, left: vec4<f32>, right: vec4<f32>) {
  (*sum)[0][0] += upper.x * left;
  (*sum)[1][0] += upper.y * left;
  (*sum)[2][0] += upper.z * left;
  (*sum)[3][0] += upper.w * left;
  (*sum)[4][0] += lower.x * left;
  (*sum)[5][0] += lower.y * left;
  (*sum)[6][0] += lower.z * left;
  (*sum)[7][0] += lower.w * left;
  if (ACROSS == 1u) { return; }
  (*sum)[0][ACROSS - 1u] += upper.x * right;
  (*sum)[1][ACROSS - 1u] += upper.y * right;
  (*sum)[2][ACROSS - 1u] += upper.z * right;
  (*sum)[3][ACROSS - 1u] += upper.w * right;
  (*sum)[4][ACROSS - 1u] += lower.x * right;
  (*sum)[5][ACROSS - 1u] += lower.y * right;
  (*sum)[6][ACROSS - 1u] += lower.z * right;
  (*sum)[7][ACROSS - 1u] += lower.w * right;
}

// 4 rows by 4 of k, of the operand that this thread moves; zeros past the end of k.
fn load(moves_weight: bool, places: vec4<u32>, is_inside: bool) -> Block {
  if (!is_inside) { return Block(); }
  if (moves_weight) { return Block(weight_at(places.x), weight_at(places.y), weight_at(places.z), weight_at(places.w)); }
  return Block(input[places.x], input[places.y], input[places.z], input[places.w]);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = group.y * groups.x + group.x;
  let across = (params.n + SIDE - 1u) / SIDE;
  // A tile past the end computes the last one's neighbours in vain; it must not leave, for the barriers below are for all.
  let m = tile / across * SIDE;
  let n = tile % across * SIDE;
  let deepest = params.k / 4u;

  // One half of the threads moves the input, the other the weight: each a block of 4 rows by 4 of k. Rows past the end repeat the last
  // one: loads stay in bounds, their results are not stored.
  let moves_weight = thread >= SIDE;
  let deep = thread % 4u;
  let quad = thread % SIDE / 4u;
  let row = select(m, n, moves_weight) + 4u * quad;
  let last = select(params.m, params.n, moves_weight) - 1u;
  let stride = select(params.stride / 4u, deepest, moves_weight);
  let start = deep + select(group.z * (params.next_input / 4u), group.z * params.next_weight * deepest, moves_weight);
  let places = start + min(vec4<u32>(row, row + 1u, row + 2u, row + 3u), vec4<u32>(last)) * stride;
  let to = 4u * deep * QUADS + (quad ^ (2u * deep)) % QUADS;

  // 32 neighbouring threads own a tile of 8 by 4 quads.
  let x = thread % 8u + 8u * (thread / 32u % 2u);
  let y = thread / 8u % 4u + 4u * (thread / 64u);
  let far_x = QUADS / 2u * (ACROSS - 1u) + x;
  let far_y = QUADS / 2u + y;
  var sum: Sums;
  var block: Block;
  if (AHEAD) { block = load(moves_weight, places, deep < deepest); }
  for (var k = 0u; k < deepest; k += 4u) {
    if (!AHEAD) { block = load(moves_weight, places + k, k + deep < deepest); }
    let turned = transpose(block);
    if (moves_weight) {
      columns[to] = turned[0];
      columns[to + QUADS] = turned[1];
      columns[to + 2u * QUADS] = turned[2];
      columns[to + 3u * QUADS] = turned[3];
    } else {
      rows[to] = turned[0];
      rows[to + QUADS] = turned[1];
      rows[to + 2u * QUADS] = turned[2];
      rows[to + 3u * QUADS] = turned[3];
    }
    workgroupBarrier();
    if (AHEAD) { block = load(moves_weight, places + k + 4u, k + 4u + deep < deepest); }
    let upper0 = y;
    let lower0 = far_y;
    let left0 = x;
    let right0 = far_x;
    multiply(&sum, rows[upper0], rows[lower0], columns[left0], columns[right0]);
    multiply(&sum, rows[upper0 + QUADS], rows[lower0 + QUADS], columns[left0 + QUADS], columns[right0 + QUADS]);
    multiply(&sum, rows[upper0 + 2u * QUADS], rows[lower0 + 2u * QUADS], columns[left0 + 2u * QUADS], columns[right0 + 2u * QUADS]);
    multiply(&sum, rows[upper0 + 3u * QUADS], rows[lower0 + 3u * QUADS], columns[left0 + 3u * QUADS], columns[right0 + 3u * QUADS]);
    let upper1 = 4u * QUADS + (y ^ 2u) % QUADS;
    let lower1 = 4u * QUADS + (far_y ^ 2u) % QUADS;
    let left1 = 4u * QUADS + (x ^ 2u) % QUADS;
    let right1 = 4u * QUADS + (far_x ^ 2u) % QUADS;
    multiply(&sum, rows[upper1], rows[lower1], columns[left1], columns[right1]);
    multiply(&sum, rows[upper1 + QUADS], rows[lower1 + QUADS], columns[left1 + QUADS], columns[right1 + QUADS]);
    multiply(&sum, rows[upper1 + 2u * QUADS], rows[lower1 + 2u * QUADS], columns[left1 + 2u * QUADS], columns[right1 + 2u * QUADS]);
    multiply(&sum, rows[upper1 + 3u * QUADS], rows[lower1 + 3u * QUADS], columns[left1 + 3u * QUADS], columns[right1 + 3u * QUADS]);
    let upper2 = 8u * QUADS + (y ^ 4u) % QUADS;
    let lower2 = 8u * QUADS + (far_y ^ 4u) % QUADS;
    let left2 = 8u * QUADS + (x ^ 4u) % QUADS;
    let right2 = 8u * QUADS + (far_x ^ 4u) % QUADS;
    multiply(&sum, rows[upper2], rows[lower2], columns[left2], columns[right2]);
    multiply(&sum, rows[upper2 + QUADS], rows[lower2 + QUADS], columns[left2 + QUADS], columns[right2 + QUADS]);
    multiply(&sum, rows[upper2 + 2u * QUADS], rows[lower2 + 2u * QUADS], columns[left2 + 2u * QUADS], columns[right2 + 2u * QUADS]);
    multiply(&sum, rows[upper2 + 3u * QUADS], rows[lower2 + 3u * QUADS], columns[left2 + 3u * QUADS], columns[right2 + 3u * QUADS]);
    let upper3 = 12u * QUADS + (y ^ 6u) % QUADS;
    let lower3 = 12u * QUADS + (far_y ^ 6u) % QUADS;
    let left3 = 12u * QUADS + (x ^ 6u) % QUADS;
    let right3 = 12u * QUADS + (far_x ^ 6u) % QUADS;
    multiply(&sum, rows[upper3], rows[lower3], columns[left3], columns[right3]);
    multiply(&sum, rows[upper3 + QUADS], rows[lower3 + QUADS], columns[left3 + QUADS], columns[right3 + QUADS]);
    multiply(&sum, rows[upper3 + 2u * QUADS], rows[lower3 + 2u * QUADS], columns[left3 + 2u * QUADS], columns[right3 + 2u * QUADS]);
    multiply(&sum, rows[upper3 + 3u * QUADS], rows[lower3 + 3u * QUADS], columns[left3 + 3u * QUADS], columns[right3 + 3u * QUADS]);
    workgroupBarrier();
  }
  for (var i = 0u; i < 8u; i++) {
    let at = m + i / 4u * (SIDE / 2u) + 4u * y + i % 4u;
    for (var j = 0u; j < 4u * ACROSS; j++) {
      let column = n + j / 4u * 64u + 4u * x + j % 4u;
      if (at >= params.m || column >= params.n) { continue; }
      var value = sum[i][j / 4u][j % 4u];
//#if BIAS
      value += bias[params.first + column];
//#end
      output[group.z * params.next_output + at * params.columns + params.first + column] = activate(value);
    }
  }
}
