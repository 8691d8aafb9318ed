// embedding-rows.scatter: output[row] = sum of input[position] over the positions whose id is `row`, along the chains that
// embedding-rows.chains made: the gradient of a table of word vectors, always summed in the order of the positions.
// Layouts: input [count, columns], heads [rows], links [count], output [rows, columns]. One thread an element.

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> heads: array<u32>;
@group(0) @binding(3) var<storage, read> links: array<u32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.rows * params.columns) { return; }
  var sum = 0.0;
  for (var next = heads[i / params.columns]; next != 0u; next = links[next - 1u]) {
    sum += input[(next - 1u) * params.columns + i % params.columns];
  }
  output[i] = sum;
}
