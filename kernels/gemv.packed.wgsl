// gemv.packed: gemv.wgsl for one row and a weight in a texture (lib/gpu/packing.ts), for adapters where loads are dear and textures
// cheaper (lavapipe): output[first + n] = act(sum over k of input[k] * weight[n, k] + bias[n]).
// Layouts as in gemm.wgsl; k is a multiple of 4. A workgroup is one subgroup; its lanes read 8 rows of the weight in neighbouring
// pieces, so that the input is loaded once for 8 rows.
//
//   override LANES     the subgroup's size
//   const ACTIVATION   0 none, 1 relu, 2 tanh
//   flag  BIAS         adds the operand `bias`

enable subgroups;

const ACTIVATION: u32 = 0u;
override LANES: u32 = 8u;

struct Params {
  n: u32,       // rows of this piece of the weight
  k: u32,
  first: u32,   // the piece's first row in the whole weight
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;
//#if BIAS
@group(0) @binding(2) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var packed: texture_storage_2d<rgba32float, read>;

fn activate(x: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(x, 0.0); }
  if (ACTIVATION == 2u) { return tanh(clamp(x, -20.0, 20.0)); }
  return x;
}

// Where a row of the weight begins; rows past the end repeat the last one, their results are not stored.
fn row_at(row: u32) -> vec2<u32> {
  let height = textureDimensions(packed).y;
  let inside = min(row, params.n - 1u);
  return vec2<u32>(inside / height * (((params.k + 15u) / 16u) | 1u) * 4u, inside % height);
}

fn product(at: vec2<u32>, k: u32, x: vec4<f32>) -> vec4<f32> {
  return textureLoad(packed, vec2<u32>(at.x + k, at.y)) * x;
}

// A lane's part of a row, added up over the lanes.
fn total(part: vec4<f32>) -> f32 {
  return subgroupAdd(dot(part, vec4<f32>(1.0)));
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let n = (group.y * groups.x + group.x) * 8u;
  let at = array<vec2<u32>, 8>(
    row_at(n), row_at(n + 1u), row_at(n + 2u), row_at(n + 3u), row_at(n + 4u), row_at(n + 5u), row_at(n + 6u), row_at(n + 7u),
  );
  var sum: array<vec4<f32>, 8>;
  for (var k = lane; k < params.k / 4u; k += LANES) {
    let x = input[k];
    sum[0] += product(at[0], k, x);
    sum[1] += product(at[1], k, x);
    sum[2] += product(at[2], k, x);
    sum[3] += product(at[3], k, x);
    sum[4] += product(at[4], k, x);
    sum[5] += product(at[5], k, x);
    sum[6] += product(at[6], k, x);
    sum[7] += product(at[7], k, x);
  }
  let low = vec4<f32>(total(sum[0]), total(sum[1]), total(sum[2]), total(sum[3]));
  let high = vec4<f32>(total(sum[4]), total(sum[5]), total(sum[6]), total(sum[7]));
  if (lane >= 8u || n + lane >= params.n) { return; }
  var y = select(low[lane % 4u], high[lane % 4u], lane >= 4u);
//#if BIAS
  y += bias[params.first + n + lane];
//#end
  output[params.first + n + lane] = activate(y);
}
