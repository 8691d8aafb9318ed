// square-sum.clip: output = [squared norm, factor] of all gradients: the squared norm is the sum of the parts; the factor brings the norm
// down to `limit` where it exceeds it, and is 1 otherwise (limit 0: always). One workgroup.

const WORKGROUP: u32 = 64u;

struct Params {
  length: u32,
  limit: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < params.length; i += WORKGROUP) { sum += parts[i]; }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }
  var all = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) { all += sums[i]; }
  output[0] = all;
  let exceeds = params.limit > 0.0 && all > params.limit * params.limit;
  output[1] = select(1.0, params.limit / sqrt(all), exceeds);
}
