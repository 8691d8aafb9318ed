// max-pool: output[p, y, x] = maximum of input[p, 2y..2y+1, 2x..2x+1]; planes p of height × width, sizes rounded down.

const WORKGROUP: u32 = 64u;

struct Params {
  planes: u32,
  height: u32, // of the input
  width: u32,
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
  let width = params.width / 2u;
  let height = params.height / 2u;
  if (i >= params.planes * height * width) { return; }
  let plane = i / (height * width);
  let y = i / width % height;
  let at = (plane * params.height + 2u * y) * params.width + 2u * (i % width);
  output[i] = max(max(input[at], input[at + 1u]), max(input[at + params.width], input[at + params.width + 1u]));
}
