// sum: output[0] = scale · sum of the input's first `length` elements. One workgroup.

const WORKGROUP: u32 = 64u;

struct Params {
  length: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < params.length; i += WORKGROUP) { sum += input[i]; }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }
  var all = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) { all += sums[i]; }
  output[0] = params.scale * all;
}
