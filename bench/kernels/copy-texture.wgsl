// output ← input, a texel of 16 bytes a lane at a time: the bandwidth of storage textures. Each workgroup copies PER rows of LANES texels.

override LANES: u32 = 64u;
const PER: u32 = 16u;

@group(0) @binding(0) var input: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var output: texture_storage_2d<rgba32float, write>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  for (var i = 0u; i < PER; i++) {
    let at = vec2u(group.x * LANES + lane, group.y * PER + i);
    textureStore(output, at, textureLoad(input, at));
  }
}
