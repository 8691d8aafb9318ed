// concat: output[row] = input[row] followed by other[row]; matrices [rows, columns] and [rows, other_columns].

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  columns: u32,
  other_columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let width = params.columns + params.other_columns;
  if (i >= params.rows * width) { return; }
  let row = i / width;
  let column = i % width;
  if (column < params.columns) {
    output[i] = input[row * params.columns + column];
  } else {
    output[i] = other[row * params.other_columns + column - params.columns];
  }
}
