// gru-cell.subgroup: gru-cell.wgsl for adapters where loads are dear and all subgroups have one size of 8 or more (lavapipe). Each lane
// owns two units; the lanes load the rows' states together and pass them round, so that a row is loaded once a subgroup.
// Formula and layouts as in gru-cell.wgsl; units is a multiple of 4. A workgroup is one subgroup.
//
//   const GROUPS     groups of 8 rows a workgroup
//   override LANES   the subgroup's size
//   flag  PARENTS    row i starts from state[parents[i]] (a beam's survivors) instead of state[i]

enable subgroups;

const ROWS: u32 = 16u;
override LANES: u32 = 8u;

struct Params {
  rows: u32,
  units: u32,
  offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
//#if PLAIN
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
//#end
//#if PARENTS
@group(0) @binding(4) var<storage, read> parents: array<u32>;
//#end
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
//#if PACKED
@group(0) @binding(6) var packed: texture_storage_2d<rgba32float, read>;
//#end

// Reset, update, candidate of one unit, then of the other.
alias Gates = array<vec4<f32>, 6>;
// Group of 8 rows, row.
alias Sums = array<array<mat2x3<f32>, 8>, (ROWS + 7u) / 8u>;

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -60.0, 60.0)));
}

// Where a row's state begins, in vec4s; rows past the end repeat the last one.
fn source(row: u32) -> u32 {
  var from_row = min(row, params.rows - 1u);
//#if PARENTS
  from_row = parents[from_row];
//#end
  return from_row * (params.units / 4u);
}

// One row's products with the gates of the lane's units; `i` is the lane that loaded the row.
fn products(h: vec4<f32>, i: u32, w: Gates) -> mat2x3<f32> {
  let row = subgroupShuffle(h, i);
  return mat2x3<f32>(
    vec3<f32>(dot(row, w[0]), dot(row, w[1]), dot(row, w[2])),
    vec3<f32>(dot(row, w[3]), dot(row, w[4]), dot(row, w[5])),
  );
}

// Adds the products of group g, of whose rows each lane has loaded one. ROWS, and g after inlining, are constants: no branch is left.
fn accumulate(sum: ptr<function, Sums>, g: u32, h: vec4<f32>, w: Gates) {
  let count = ROWS - 8u * g;
  (*sum)[g][0] += products(h, 0u, w);
  if (count > 1u) { (*sum)[g][1] += products(h, 1u, w); }
  if (count > 2u) { (*sum)[g][2] += products(h, 2u, w); }
  if (count > 3u) { (*sum)[g][3] += products(h, 3u, w); }
  if (count > 4u) { (*sum)[g][4] += products(h, 4u, w); }
  if (count > 5u) { (*sum)[g][5] += products(h, 5u, w); }
  if (count > 6u) { (*sum)[g][6] += products(h, 6u, w); }
  if (count > 7u) { (*sum)[g][7] += products(h, 7u, w); }
}

fn finish(row: u32, unit: u32, gates: vec3<f32>) {
  let x_at = (params.offset + row) * 3u * params.units + unit;
  let reset = sigmoid(input[x_at] + gates.x);
  let update = sigmoid(input[x_at + params.units] + gates.y);
  let candidate = tanh(clamp(input[x_at + 2u * params.units] + reset * gates.z, -20.0, 20.0));
  let before = state[source(row) + unit / 4u][unit % 4u];
  output[row * params.units + unit] = update * before + (1.0 - update) * candidate;
}

// Where a row of the weight begins.
fn gate_at(row: u32) -> vec2<u32> {
  var at = vec2<u32>();
//#if PLAIN
  at.x = row * (params.units / 4u);
//#end
//#if PACKED
  let height = textureDimensions(packed).y;
  at = vec2<u32>(row / height * (((params.units + 15u) / 16u) | 1u) * 4u, row % height);
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
  let unit = group.x * 2u * LANES + lane;
  let row = (group.z * groups.y + group.y) * ROWS;
  if (row >= params.rows) { return; }
  let steps = params.units / 4u;
  // Units past the end repeat the last one: loads stay in bounds, their results are not stored.
  let here = min(unit, params.units - 1u);
  let beside = min(unit + LANES, params.units - 1u);
  let reset = array<vec2<u32>, 2>(gate_at(here), gate_at(beside));
  let update = array<vec2<u32>, 2>(gate_at(here + params.units), gate_at(beside + params.units));
  let candidate = array<vec2<u32>, 2>(gate_at(here + 2u * params.units), gate_at(beside + 2u * params.units));
  let loaded = row + lane % 8u;
  let at0 = source(loaded);
  let at1 = source(loaded + 8u);
  let at2 = source(loaded + 16u);
  let at3 = source(loaded + 24u);
  var sum: Sums;
  for (var k = 0u; k < steps; k++) {
    let w = Gates(
      load(reset[0], k), load(update[0], k), load(candidate[0], k),
      load(reset[1], k), load(update[1], k), load(candidate[1], k),
    );
    accumulate(&sum, 0u, state[at0 + k], w);
    if (ROWS > 8u) { accumulate(&sum, 1u, state[at1 + k], w); }
    if (ROWS > 16u) { accumulate(&sum, 2u, state[at2 + k], w); }
    if (ROWS > 24u) { accumulate(&sum, 3u, state[at3 + k], w); }
  }
  for (var i = 0u; i < min(ROWS, params.rows - row); i++) {
    for (var j = 0u; j < 2u; j++) {
      if (unit + j * LANES < params.units) { finish(row + i, unit + j * LANES, sum[i / 8u][i % 8u][j]); }
    }
  }
}
