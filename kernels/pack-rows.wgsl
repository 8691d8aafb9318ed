// pack-rows: rows of a weight into their packed form (lib/gpu/packing.ts): row r stands at x = floor(r / height) * stride, y = r mod
// height of a texture of `height` rows. Layouts: weight [*, columns], of which the rows from `start` on are packed; columns is a multiple
// of 4. A thread packs one texel.

const WORKGROUP: u32 = 64u;

struct Params {
  start: u32,
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var packed: texture_storage_2d<rgba32float, write>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let across = params.columns / 4u;
  let row = i / across;
  if (row >= params.rows) { return; }
  let height = textureDimensions(packed).y;
  let x = row / height * (((params.columns + 15u) / 16u) | 1u) * 4u + i % across;
  textureStore(packed, vec2<u32>(x, row % height), weight[params.start * across + i]);
}
