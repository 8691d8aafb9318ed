// gru-cell.gates: the gates of one step of a GRU for a batch of rows, after the products of states and recurrent weights.
//   r = sigmoid(xr + pr)   u = sigmoid(xu + pu)   c = tanh(xc + r ⊙ pc)   h' = u ⊙ h + (1 - u) ⊙ c
// Layouts: state [*, units], products p = h·Uᵀ [*, 3·units] of its rows (reset | update | candidate), input [*, 3·units] = x·W + b in
// the same order, its first row is `offset`; output [rows, units].
//
//   flag  PARENTS   row i starts from state[parents[i]] (a beam's survivors) instead of state[i]
// One thread an element.

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  units: u32,
  offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<f32>;
@group(0) @binding(2) var<storage, read> products: array<f32>;
@group(0) @binding(3) var<storage, read> input: array<f32>;
//#if PARENTS
@group(0) @binding(4) var<storage, read> parents: array<u32>;
//#end
@group(0) @binding(5) var<storage, read_write> output: array<f32>;

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -60.0, 60.0)));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let units = params.units;
  if (i >= params.rows * units) { return; }
  let row = i / units;
  let unit = i % units;
  var from_row = row;
//#if PARENTS
  from_row = parents[row];
//#end
  let x = (params.offset + row) * 3u * units + unit;
  let p = from_row * 3u * units + unit;
  let reset = sigmoid(input[x] + products[p]);
  let update = sigmoid(input[x + units] + products[p + units]);
  let candidate = tanh(clamp(input[x + 2u * units] + reset * products[p + 2u * units], -20.0, 20.0));
  output[i] = update * state[from_row * units + unit] + (1.0 - update) * candidate;
}
