// segment-sum: output[s] = sum of input rows starts[s] .. starts[s + 1] - 1; input [*, columns], starts [segments + 1].

const WORKGROUP: u32 = 64u;

struct Params {
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
  if (i >= params.segments * params.columns) { return; }
  let segment = i / params.columns;
  var sum = 0.0;
  for (var row = starts[segment]; row < starts[segment + 1u]; row++) { sum += input[row * params.columns + i % params.columns]; }
  output[i] = sum;
}
