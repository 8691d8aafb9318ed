// gemv: the same as gemm for few rows: output[m, first + n] = act(sum over k of input[m, k] * weight[n, k] + bias[n]).
// Layouts as in gemm.wgsl. A group of LANES threads reads one weight row in neighbouring pieces and adds up its parts.
//
//   alias T            vec4<f32> where k is a multiple of 4, else f32 (then WIDTH = 1, FOLD = 0.25)
//   const LANES        threads a column: 16 make a GPU's loads of a row long enough
//   const COLUMNS      columns a workgroup
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`
//   flag  PLAIN        the weight is `weight`
//   flag  HALF         the weight is `half`, four halves of 16 bits in place of four numbers

alias T = vec4<f32>;
const WIDTH: u32 = 4u;
const FOLD: f32 = f32(1.0);
const LANES: u32 = 8u;
const COLUMNS: u32 = 8u;
const ACTIVATION: u32 = 0u;

struct Params {
  m: u32,
  n: u32,       // rows of this piece of the weight
  k: u32,
  first: u32,   // the piece's first row in the whole weight
  columns: u32, // rows of the whole weight
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<T>;
//#if PLAIN
@group(0) @binding(2) var<storage, read> weight: array<T>;
//#end
//#if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;
//#if HALF
@group(0) @binding(5) var<storage, read> half: array<vec2<u32>>;
//#end

var<workgroup> parts: array<f32, LANES * COLUMNS>;

fn weight_at(i: u32) -> T {
  var w = T();
//#if PLAIN
  w = weight[i];
//#end
//#if HALF
  let pairs = half[i];
  w = T(vec4<f32>(unpack2x16float(pairs.x), unpack2x16float(pairs.y)));
//#end
  return w;
}

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

@compute @workgroup_size(LANES, COLUMNS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let column = (group.y * groups.x + group.x) * COLUMNS + local.y;
  let row = group.z;
  let steps = params.k / WIDTH;
  let w_at = min(column, params.n - 1u) * steps;
  let a_at = row * steps;
  // Four sums that do not wait for each other: a GPU keeps four loads under way.
  var sum0 = T();
  var sum1 = T();
  var sum2 = T();
  var sum3 = T();
  var k = local.x;
  for (; k + 3u * LANES < steps; k += 4u * LANES) {
    sum0 += input[a_at + k] * weight_at(w_at + k);
    sum1 += input[a_at + k + LANES] * weight_at(w_at + k + LANES);
    sum2 += input[a_at + k + 2u * LANES] * weight_at(w_at + k + 2u * LANES);
    sum3 += input[a_at + k + 3u * LANES] * weight_at(w_at + k + 3u * LANES);
  }
  for (; k < steps; k += LANES) { sum0 += input[a_at + k] * weight_at(w_at + k); }
  let sum = (sum0 + sum1) + (sum2 + sum3);
  parts[index] = dot(vec4<f32>(sum), vec4<f32>(1.0)) * FOLD;
  workgroupBarrier();
  if (local.x != 0u || column >= params.n) { return; }
  var y = 0.0;
  for (var i = 0u; i < LANES; i++) { y += parts[index + i]; }
//#if BIAS
  y += bias[params.first + column];
//#end
  output[row * params.columns + params.first + column] = activate(y);
}
