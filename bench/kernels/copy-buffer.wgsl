// output ← input, 16 bytes a lane at a time: the bandwidth of buffers. Each workgroup copies PER · LANES vectors that lie together.

override LANES: u32 = 64u;
const PER: u32 = 16u;

@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * PER * LANES + lane;
  for (var i = 0u; i < PER; i++) {
    output[first + i * LANES] = input[first + i * LANES];
  }
}
