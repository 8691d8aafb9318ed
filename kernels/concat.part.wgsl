// concat.part: output [rows, columns] = columns from `first` on of input [rows, all_columns]: the gradient of one half of concat.

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  all_columns: u32,
  first: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.rows * params.columns) { return; }
  output[i] = input[i / params.columns * params.all_columns + params.first + i % params.columns];
}
