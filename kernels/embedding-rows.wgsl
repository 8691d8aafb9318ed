// embedding-rows: output[i] = table[ids[i]] for ids within this piece of the table; a negative id gives a row of zeros.
// Layouts: ids [count], table [rows, columns] (a piece of the whole, its first row is `first`), output [count, columns].

const WORKGROUP: u32 = 64u;

struct Params {
  count: u32,
  columns: u32,
  first: u32, // the piece's first row in the whole table
  rows: u32,  // rows of the piece
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.count * params.columns) { return; }
  let id = ids[i / params.columns];
  if (id < 0) {
    output[i] = 0.0;
    return;
  }
  // Below the piece this wraps to a large number: one comparison serves both ends.
  let row = u32(id) - params.first;
  if (row < params.rows) { output[i] = weight[row * params.columns + i % params.columns]; }
}
