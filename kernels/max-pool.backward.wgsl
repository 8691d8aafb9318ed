// max-pool.backward: output[p, y, x] = gradient[p, y / 2, x / 2] where input[p, y, x] is the first of the largest of its 2×2 square, else 0.
// Layouts: input and output [planes, height, width], gradient [planes, height / 2, width / 2], rounded down. One thread an input element.

const WORKGROUP: u32 = 64u;

struct Params {
  planes: u32,
  height: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.planes * params.height * params.width) { return; }
  let width = params.width / 2u;
  let height = params.height / 2u;
  let x = i % params.width;
  let y = i / params.width % params.height;
  let plane = i / (params.width * params.height);
  if (x / 2u >= width || y / 2u >= height) {
    output[i] = 0.0;
    return;
  }
  let corner = (plane * params.height + y / 2u * 2u) * params.width + x / 2u * 2u;
  var best = corner;
  for (var k = 1u; k < 4u; k++) {
    let other = corner + k / 2u * params.width + k % 2u;
    if (input[other] > input[best]) { best = other; }
  }
  output[i] = select(0.0, gradient[(plane * height + y / 2u) * width + x / 2u], best == i);
}
