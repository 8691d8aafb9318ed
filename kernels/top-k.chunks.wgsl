// top-k, first pass: the best element of each chunk of a row. Chunk c of a row are the elements c, c + chunks, c + 2·chunks, …
// so that neighbouring threads read neighbouring values. Larger wins; of equal ones the later (numpy's argsort, reversed).
// Layouts: input [rows, columns], best [rows, chunks] (indices within the row).

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> best: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.rows * params.chunks) { return; }
  let start = i / params.chunks * params.columns;
  var top = i % params.chunks;
  for (var e = top + params.chunks; e < params.columns; e += params.chunks) {
    if (input[start + e] >= input[start + top]) { top = e; }
  }
  best[i] = top;
}
