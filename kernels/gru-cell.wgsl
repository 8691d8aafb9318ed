// gru-cell: one step of a GRU for a batch of rows, all gates in one pass over the recurrent weights.
//   r = sigmoid(xr + h·Ur)   u = sigmoid(xu + h·Uu)   c = tanh(xc + r ⊙ (h·Uc))   h' = u ⊙ h + (1 - u) ⊙ c
// The reset gate multiplies after the product (Kiros et al. 2015, skip-thoughts; not the form of Cho et al. 2014).
// Layouts: state [*, units], input [*, 3·units] = x·W + b in the order reset | update | candidate, its first row is `offset`;
// weight U [3·units, units] in the same order; output [rows, units].
//
//   alias T         vec4<f32> where units is a multiple of 4, else f32 (then LANES = 1, FOLD = 0.25)
//   flag  PARENTS   row i starts from state[parents[i]] (a beam's survivors) instead of state[i]
// A thread computes one unit of four rows. Fits any adapter.

alias T = vec4<f32>;
const LANES: u32 = 4u;
const FOLD: f32 = f32(1.0);
const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  units: u32,
  offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<T>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<T>;
//#if PARENTS
@group(0) @binding(4) var<storage, read> parents: array<u32>;
//#end
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -60.0, 60.0)));
}

// The inner product of T's lanes: a splat scalar counts four times, FOLD takes that back (exactly).
fn inner(a: T, w: T) -> f32 {
  return dot(vec4<f32>(a), vec4<f32>(w)) * FOLD;
}

// Where a row's state begins, in Ts; rows past the end repeat the last one.
fn source(row: u32) -> u32 {
  var from_row = min(row, params.rows - 1u);
//#if PARENTS
  from_row = parents[from_row];
//#end
  return from_row * (params.units / LANES);
}

fn state_at(start: u32, unit: u32) -> f32 {
  return vec4<f32>(state[start + unit / LANES])[unit % LANES];
}

fn finish(row: u32, unit: u32, start: u32, r: f32, u: f32, c: f32) {
  if (row >= params.rows) { return; }
  let x_at = (params.offset + row) * 3u * params.units + unit;
  let reset = sigmoid(input[x_at] + r);
  let update = sigmoid(input[x_at + params.units] + u);
  let candidate = tanh(clamp(input[x_at + 2u * params.units] + reset * c, -20.0, 20.0));
  output[row * params.units + unit] = update * state_at(start, unit) + (1.0 - update) * candidate;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = group.x * WORKGROUP + lane;
  let row = (group.z * groups.y + group.y) * 4u;
  if (unit >= params.units || row >= params.rows) { return; }
  let h = vec4<u32>(source(row), source(row + 1u), source(row + 2u), source(row + 3u));
  let steps = params.units / LANES;
  let r_at = unit * steps;
  let u_at = r_at + params.units * steps;
  let c_at = u_at + params.units * steps;
  var r = vec4<f32>();
  var u = vec4<f32>();
  var c = vec4<f32>();
  for (var k = 0u; k < steps; k++) {
    let h0 = state[h.x + k];
    let h1 = state[h.y + k];
    let h2 = state[h.z + k];
    let h3 = state[h.w + k];
    let wr = weight[r_at + k];
    r += vec4<f32>(inner(h0, wr), inner(h1, wr), inner(h2, wr), inner(h3, wr));
    let wu = weight[u_at + k];
    u += vec4<f32>(inner(h0, wu), inner(h1, wu), inner(h2, wu), inner(h3, wu));
    let wc = weight[c_at + k];
    c += vec4<f32>(inner(h0, wc), inner(h1, wc), inner(h2, wc), inner(h3, wc));
  }
  for (var i = 0u; i < 4u; i++) { finish(row + i, unit, h[i], r[i], u[i], c[i]); }
}
