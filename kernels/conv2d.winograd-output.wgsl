// conv2d.winograd-output: back from Winograd's F(4×4, 3×3), y = Aᵀ·m·A; then bias, activation and a 2×2 maximum, as conv2d.wgsl does.
// Layouts: input [36, tiles, out], output [out, height, width], or [out, height/2, width/2] (rounded down) with POOL.
// A workgroup has 8 channels of 8 tiles, one a thread: neighbouring threads read side by side, and write neighbouring tiles of few planes.
//
//   const ACTIVATION   0 none, 1 relu
//   const POOL         2×2 maximum, stride 2
//   flag  BIAS         adds the operand `bias`

const ACTIVATION: u32 = 0u;
const POOL: bool = false;
const CHANNELS: u32 = 8u;
const TILES: u32 = 8u;

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

// One column of the tile that begins at `at`, planes `step` apart.
fn column(at: u32, step: u32) -> vec4<f32> {
  return along(Six(
    input[at], input[at + 6u * step], input[at + 12u * step], input[at + 18u * step], input[at + 24u * step], input[at + 30u * step],
  ));
}

// Four outputs of a row.
fn put_row(plane: u32, y: u32, x: u32, values: vec4<f32>) {
  put(plane, y, x, values.x);
  put(plane, y, x + 1u, values.y);
  put(plane, y, x + 2u, values.z);
  put(plane, y, x + 3u, values.w);
}

// The maxima of two rows of the tile: two outputs.
fn put_pooled(plane: u32, y: u32, x: u32, upper: vec4<f32>, lower: vec4<f32>) {
  let tallest = max(upper, lower);
  put(plane, y, x, max(tallest.x, tallest.y));
  put(plane, y, x + 1u, max(tallest.z, tallest.w));
}

@compute @workgroup_size(CHANNELS * TILES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  let across = (params.channels + CHANNELS - 1u) / CHANNELS;
  let channel = block % across * CHANNELS + lane % CHANNELS;
  let tile = block / across * TILES + lane / CHANNELS;
  if (channel >= params.channels || tile >= params.tiles) { return; }
  // Written out: software adapters keep arrays that loops index in memory, many times slower than registers.
  let step = params.tiles * params.channels;
  let at = tile * params.channels + channel;
  let h0 = column(at, step);
  let h1 = column(at + step, step);
  let h2 = column(at + 2u * step, step);
  let h3 = column(at + 3u * step, step);
  let h4 = column(at + 4u * step, step);
  let h5 = column(at + 5u * step, step);
  var offset = 0.0;
//#if BIAS
  offset = bias[channel];
//#end
  let row0 = along(Six(h0.x, h1.x, h2.x, h3.x, h4.x, h5.x)) + offset;
  let row1 = along(Six(h0.y, h1.y, h2.y, h3.y, h4.y, h5.y)) + offset;
  let row2 = along(Six(h0.z, h1.z, h2.z, h3.z, h4.z, h5.z)) + offset;
  let row3 = along(Six(h0.w, h1.w, h2.w, h3.w, h4.w, h5.w)) + offset;
  let x = tile % params.tiles_x * 4u;
  let y = tile / params.tiles_x * 4u;
  // A maximum of four commutes with adding one bias and with a rising activation, so the latter comes after it.
  if (POOL) {
    put_pooled(channel, y / 2u, x / 2u, row0, row1);
    put_pooled(channel, y / 2u + 1u, x / 2u, row2, row3);
    return;
  }
  put_row(channel, y, x, row0);
  put_row(channel, y + 1u, x, row1);
  put_row(channel, y + 2u, x, row2);
  put_row(channel, y + 3u, x, row3);
}
