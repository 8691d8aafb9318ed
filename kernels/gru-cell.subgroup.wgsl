// gru-cell.subgroup: gru-cell.wgsl for adapters where loads are dear and all subgroups have one size of 8 or more (lavapipe). Each lane
// owns one unit; the lanes load the rows' states together and pass them round, so that a row is loaded once a subgroup.
// Formula and layouts as in gru-cell.wgsl; units is a multiple of 4. A workgroup is one subgroup.
//
//   const GROUPS     groups of 8 rows a workgroup
//   override LANES   the subgroup's size
//   flag  PARENTS    row i starts from state[parents[i]] (a beam's survivors) instead of state[i]

enable subgroups;

const GROUPS: u32 = 2u;
override LANES: u32 = 8u;

struct Params {
  rows: u32,
  units: u32,
  offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
//#if PARENTS
@group(0) @binding(4) var<storage, read> parents: array<u32>;
//#end
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

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

// One row's products with the lane's three gates: reset, update, candidate.
fn products(h: vec4<f32>, w: array<vec4<f32>, 3>) -> vec3<f32> {
  return vec3<f32>(dot(h, w[0]), dot(h, w[1]), dot(h, w[2]));
}

fn finish(row: u32, unit: u32, gates: vec3<f32>) {
  let x_at = (params.offset + row) * 3u * params.units + unit;
  let reset = sigmoid(input[x_at] + gates.x);
  let update = sigmoid(input[x_at + params.units] + gates.y);
  let candidate = tanh(clamp(input[x_at + 2u * params.units] + reset * gates.z, -20.0, 20.0));
  let before = state[source(row) + unit / 4u][unit % 4u];
  output[row * params.units + unit] = update * before + (1.0 - update) * candidate;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let unit = group.x * LANES + lane;
  let row = (group.z * groups.y + group.y) * 8u * GROUPS;
  let steps = params.units / 4u;
  let gate = params.units * steps;
  // Units past the end repeat the last one: loads stay in bounds, their results are not stored.
  let w_at = min(unit, params.units - 1u) * steps;
  var h_at: array<u32, GROUPS>;
  for (var g = 0u; g < GROUPS; g++) { h_at[g] = source(row + g * 8u + lane % 8u); }
  var sum: array<array<vec3<f32>, 8>, GROUPS>;
  for (var k = 0u; k < steps; k++) {
    let w = array<vec4<f32>, 3>(weight[w_at + k], weight[w_at + k + gate], weight[w_at + k + 2u * gate]);
    for (var g = 0u; g < GROUPS; g++) {
      let h = state[h_at[g] + k];
      sum[g][0] += products(subgroupBroadcast(h, 0u), w);
      sum[g][1] += products(subgroupBroadcast(h, 1u), w);
      sum[g][2] += products(subgroupBroadcast(h, 2u), w);
      sum[g][3] += products(subgroupBroadcast(h, 3u), w);
      sum[g][4] += products(subgroupBroadcast(h, 4u), w);
      sum[g][5] += products(subgroupBroadcast(h, 5u), w);
      sum[g][6] += products(subgroupBroadcast(h, 6u), w);
      sum[g][7] += products(subgroupBroadcast(h, 7u), w);
    }
  }
  if (unit >= params.units) { return; }
  for (var g = 0u; g < GROUPS; g++) {
    for (var i = 0u; i < 8u; i++) {
      let at = row + g * 8u + i;
      if (at < params.rows) { finish(at, unit, sum[g][i]); }
    }
  }
}
