// conv2d.winograd-input: tiles of 6×6 inputs, 4 apart, as Winograd's F(4×4, 3×3) wants them, v = Bᵀ·d·B; zero outside the picture.
// Layouts: input [in, height, width], output [36, tiles, stride], of which the first `in` are used, tiles row by row; planes as in conv2d.winograd-weight.wgsl.

const WORKGROUP: u32 = 64u;

struct Params {
  channels: u32,
  height: u32,
  width: u32,
  tiles_x: u32,
  tiles: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

alias Six = array<f32, 6>;

// One column of Bᵀ·d.
fn along(d: Six) -> Six {
  let a = d[4] - 4.0 * d[2];
  let b = d[3] - 4.0 * d[1];
  let c = d[4] - d[2];
  let e = 2.0 * (d[3] - d[1]);
  return Six(4.0 * d[0] - 5.0 * d[2] + d[4], a + b, a - b, c + e, c - e, 4.0 * d[1] - 5.0 * d[3] + d[5]);
}

// The input at (x - 1, y - 1) of a plane, zero outside it.
fn padded(plane: u32, y: u32, x: u32) -> f32 {
  if (x == 0u || y == 0u || x > params.width || y > params.height) { return 0.0; }
  return input[(plane * params.height + y - 1u) * params.width + x - 1u];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let channel = index % params.channels;
  let tile = index / params.channels;
  if (tile >= params.tiles) { return; }
  let x = tile % params.tiles_x * 4u;
  let y = tile / params.tiles_x * 4u;
  var half: array<Six, 6>;
  for (var column = 0u; column < 6u; column++) {
    var d: Six;
    for (var row = 0u; row < 6u; row++) { d[row] = padded(channel, y + row, x + column); }
    half[column] = along(d);
  }
  for (var row = 0u; row < 6u; row++) {
    let whole = along(Six(half[0][row], half[1][row], half[2][row], half[3][row], half[4][row], half[5][row]));
    for (var column = 0u; column < 6u; column++) {
      output[((row * 6u + column) * params.tiles + tile) * params.stride + channel] = whole[column];
    }
  }
}
