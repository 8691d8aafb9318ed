// softmax: output[row, i] = exp(input[row, i] - max) / sum of the same; one workgroup a row.

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

var<workgroup> parts: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) { return; }
  let start = row * params.columns;
  var top = -3e38;
  for (var i = lane; i < params.columns; i += WORKGROUP) { top = max(top, input[start + i]); }
  parts[lane] = top;
  workgroupBarrier();
  for (var i = 0u; i < WORKGROUP; i++) { top = max(top, parts[i]); }
  workgroupBarrier();
  var sum = 0.0;
  for (var i = lane; i < params.columns; i += WORKGROUP) {
    let e = exp(max(input[start + i] - top, -110.0));
    sum += e;
    output[start + i] = e;
  }
  parts[lane] = sum;
  workgroupBarrier();
  var all = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) { all += parts[i]; }
  for (var i = lane; i < params.columns; i += WORKGROUP) { output[start + i] /= all; }
}
