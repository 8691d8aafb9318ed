// conv2d.winograd-output: back from Winograd's F(4×4, 3×3), y = Aᵀ·m·A; then bias, activation and a 2×2 maximum, as conv2d.wgsl does.
// Layouts: input [36, tiles, out], output [out, height, width], or [out, height/2, width/2] (rounded down) with POOL.
//
//   const ACTIVATION   0 none, 1 relu
//   const POOL         2×2 maximum, stride 2
//   flag  BIAS         adds the operand `bias`

const ACTIVATION: u32 = 0u;
const POOL: bool = false;
const WORKGROUP: u32 = 64u;

struct Params {
  channels: u32,
  height: u32,
  width: u32,
  tiles_x: u32,
  tiles: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
//#if BIAS
@group(0) @binding(2) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

alias Six = array<f32, 6>;

// One column of Aᵀ·m.
fn along(m: Six) -> vec4<f32> {
  let a = m[1] + m[2];
  let b = m[1] - m[2];
  let c = m[3] + m[4];
  let e = m[3] - m[4];
  return vec4<f32>(m[0] + a + c, b + 2.0 * e, a + 4.0 * c, b + 8.0 * e + m[5]);
}

fn activate(x: f32) -> f32 {
  return select(x, max(x, 0.0), ACTIVATION == 1u);
}

fn put(plane: u32, y: u32, x: u32, value: f32) {
  let step = select(1u, 2u, POOL);
  let height = params.height / step;
  let width = params.width / step;
  if (y < height && x < width) { output[(plane * height + y) * width + x] = activate(value); }
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
  var half: array<vec4<f32>, 6>;
  for (var column = 0u; column < 6u; column++) {
    var m: Six;
    for (var row = 0u; row < 6u; row++) {
      m[row] = input[((row * 6u + column) * params.tiles + tile) * params.channels + channel];
    }
    half[column] = along(m);
  }
  var offset = 0.0;
//#if BIAS
  offset = bias[channel];
//#end
  var rows: array<vec4<f32>, 4>;
  for (var row = 0u; row < 4u; row++) {
    rows[row] = along(Six(half[0][row], half[1][row], half[2][row], half[3][row], half[4][row], half[5][row])) + offset;
  }
  let x = tile % params.tiles_x * 4u;
  let y = tile / params.tiles_x * 4u;
  // A maximum of four commutes with adding one bias and with a rising activation, so the latter comes after it.
  if (POOL) {
    for (var i = 0u; i < 2u; i++) {
      let tallest = max(rows[2u * i], rows[2u * i + 1u]);
      put(channel, y / 2u + i, x / 2u, max(tallest.x, tallest.y));
      put(channel, y / 2u + i, x / 2u + 1u, max(tallest.z, tallest.w));
    }
    return;
  }
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) { put(channel, y + i, x + j, rows[i][j]); }
  }
}
