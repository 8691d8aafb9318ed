// conv2d.flip: output[in, out, y, x] = input[out, in, 2 - y, 2 - x]: the filters that take a gradient back through a convolution.

const WORKGROUP: u32 = 64u;

struct Params {
  outputs: u32,
  inputs: u32,
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
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= 9u * params.outputs * params.inputs) { return; }
  let filter_index = i / 9u;
  let from_filter = filter_index % params.outputs * params.inputs + filter_index / params.outputs;
  output[i] = input[from_filter * 9u + 8u - i % 9u];
}
