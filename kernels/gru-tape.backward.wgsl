// gru-tape.backward: gradients of one GRU step's gates (formula and layouts in gru-tape.wgsl), for a batch.
// With g the gradient of states[to]: that of u is g ⊙ (h - c), of c is g ⊙ (1 - u); through tanh and the sigmoids they become
// those of the sums inside; the candidate's product has r times the candidate's.
// Layouts: gradient [*, units] as states; inputs [*, 3·units] = gradient of x·W + b, recurrent [*, 3·units] = gradient of the products,
// before [*, units] = the states that the step continued: this step's rows begin at `to`. Adds g ⊙ u to gradient[from].
// One thread an element.

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  units: u32,
  from_row: u32,
  to_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> states: array<f32>;
@group(0) @binding(2) var<storage, read> gates: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(4) var<storage, read_write> inputs: array<f32>;
@group(0) @binding(5) var<storage, read_write> recurrent: array<f32>;
@group(0) @binding(6) var<storage, read_write> before: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let units = params.units;
  if (i >= params.rows * units) { return; }
  let row = params.to_row + i / units;
  let unit = i % units;
  let at = row * 4u * units + unit;
  let reset = gates[at];
  let update = gates[at + units];
  let candidate = gates[at + 2u * units];
  let product = gates[at + 3u * units];
  let state = states[params.from_row * units + i];
  let g = gradient[params.to_row * units + i];
  let of_candidate = g * (1.0 - update) * (1.0 - candidate * candidate);
  let of_reset = of_candidate * product * reset * (1.0 - reset);
  let of_update = g * (state - candidate) * update * (1.0 - update);
  let out = row * 3u * units + unit;
  inputs[out] = of_reset;
  inputs[out + units] = of_update;
  inputs[out + 2u * units] = of_candidate;
  recurrent[out] = of_reset;
  recurrent[out + units] = of_update;
  recurrent[out + 2u * units] = of_candidate * reset;
  before[row * units + unit] = state;
  gradient[params.from_row * units + i] += g * update;
}
