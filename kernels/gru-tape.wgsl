// gru-tape: the gates of one GRU step of a batch, whose states and gates stay for the backward pass.
//   r = sigmoid(xr + pr)   u = sigmoid(xu + pu)   c = tanh(xc + r ⊙ pc)   states[to] = u ⊙ states[from] + (1 - u) ⊙ c
// Layouts: states [*, units], this step's rows begin at `to`, the rows that they continue at `from`; input = x·W + b
// [*, 3·units] (reset | update | candidate) and gates [*, 4·units] (r | u | c | pc), this step's rows begin at `to`; products p = h·Uᵀ
// [rows, 3·units]. One thread an element.

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  units: u32,
  from_row: u32,
  to_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> products: array<f32>;
@group(0) @binding(3) var<storage, read_write> states: array<f32>;
@group(0) @binding(4) var<storage, read_write> gates: array<f32>;

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
  let x = (params.to_row + row) * 3u * units + unit;
  let p = row * 3u * units + unit;
  let product = products[p + 2u * units];
  let reset = sigmoid(input[x] + products[p]);
  let update = sigmoid(input[x + units] + products[p + units]);
  let candidate = tanh(clamp(input[x + 2u * units] + reset * product, -20.0, 20.0));
  states[params.to_row * units + i] = update * states[params.from_row * units + i] + (1.0 - update) * candidate;
  let g = (params.to_row + row) * 4u * units + unit;
  gates[g] = reset;
  gates[g + units] = update;
  gates[g + 2u * units] = candidate;
  gates[g + 3u * units] = product;
}
