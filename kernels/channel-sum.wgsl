// channel-sum: output[c] = sum over outer and inner of input[outer, c, inner]. One thread a channel.

const WORKGROUP: u32 = 64u;

struct Params {
  outer: u32,
  channels: u32,
  inner: u32,
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
  let channel = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (channel >= params.channels) { return; }
  var sum = 0.0;
  for (var outer = 0u; outer < params.outer; outer++) {
    // Sums of sums: the rounding error grows with the longer of the two lengths, not with their product.
    var part = 0.0;
    let start = (outer * params.channels + channel) * params.inner;
    for (var i = 0u; i < params.inner; i++) { part += input[start + i]; }
    sum += part;
  }
  output[channel] = sum;
}
