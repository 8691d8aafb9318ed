// gru-cell: one step of a GRU for a batch of rows, all gates in one pass over the recurrent weights.
//   r = sigmoid(xr + h·Ur)   u = sigmoid(xu + h·Uu)   c = tanh(xc + r ⊙ (h·Uc))   h' = u ⊙ h + (1 - u) ⊙ c
// The reset gate multiplies after the product (Kiros et al. 2015, skip-thoughts; not the form of Cho et al. 2014).
// Layouts: state [*, units], input [*, 3·units] = x·W + b in the order reset | update | candidate, its first row is `offset`;
// weight U [3·units, units] in the same order; output [rows, units].
//
//   const TM        rows a thread
//   flag  PARENTS   row i starts from state[parents[i]] (a beam's survivors) instead of state[i]

const TM: u32 = 4u;
const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  units: u32,
  offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
//#if PARENTS
@group(0) @binding(4) var<storage, read> parents: array<u32>;
//#end
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -60.0, 60.0)));
}

fn source(row: u32) -> u32 {
  var from_row = row;
//#if PARENTS
  from_row = parents[row];
//#end
  return from_row * params.units;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let unit = group.x * WORKGROUP + lane;
  let row = (group.z * groups.y + group.y) * TM;
  if (unit >= params.units || row >= params.rows) { return; }
  var h_at: array<u32, TM>;
  for (var i = 0u; i < TM; i++) { h_at[i] = source(min(row + i, params.rows - 1u)); }
  let gate = params.units * params.units;
  let w_at = unit * params.units;
  var r: array<f32, TM>;
  var u: array<f32, TM>;
  var c: array<f32, TM>;
  for (var k = 0u; k < params.units; k++) {
    let wr = weight[w_at + k];
    let wu = weight[w_at + k + gate];
    let wc = weight[w_at + k + 2u * gate];
    for (var i = 0u; i < TM; i++) {
      let h = state[h_at[i] + k];
      r[i] += h * wr;
      u[i] += h * wu;
      c[i] += h * wc;
    }
  }
  for (var i = 0u; i < TM; i++) {
    if (row + i >= params.rows) { break; }
    let x_at = (params.offset + row + i) * 3u * params.units + unit;
    let reset = sigmoid(input[x_at] + r[i]);
    let update = sigmoid(input[x_at + params.units] + u[i]);
    let candidate = tanh(clamp(input[x_at + 2u * params.units] + reset * c[i], -20.0, 20.0));
    output[(row + i) * params.units + unit] = update * state[h_at[i] + unit] + (1.0 - update) * candidate;
  }
}
