// segment-sum.backward: output[row] = input[s] where starts[s] ≤ row < starts[s + 1]: each row of a segment gets the gradient of its
// sum. input [segments, columns], starts [segments + 1] (rising), output [rows, columns]. One thread an element.

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  segments: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.rows * params.columns) { return; }
  let row = i / params.columns;
  // The last segment that starts at or before the row.
  var low = 0u;
  var high = params.segments;
  while (low + 1u < high) {
    let middle = (low + high) / 2u;
    if (starts[middle] <= row) { low = middle; } else { high = middle; }
  }
  let inside = starts[low] <= row && row < starts[low + 1u];
  output[i] = select(0.0, input[low * params.columns + i % params.columns], inside);
}
