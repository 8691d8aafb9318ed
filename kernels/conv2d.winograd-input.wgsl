// conv2d.winograd-input: tiles of 6×6 inputs, 4 apart, as Winograd's F(4×4, 3×3) wants them, v = Bᵀ·d·B; zero outside the picture.
// Layouts: input [in, height, width], output [36, tiles, stride], of which the first `in` are used, tiles row by row; planes as in conv2d.winograd-weight.wgsl.
// A workgroup has 8 channels of 8 tiles, one a thread: neighbouring threads write side by side, and read neighbouring tiles of few planes.

const CHANNELS: u32 = 8u;
const TILES: u32 = 8u;

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

// The input at (x - 1, y - 1) of a plane, zero outside it. It is loaded in any case, from the nearest place inside.
fn padded(plane: u32, y: u32, x: u32) -> f32 {
  let row = clamp(y, 1u, params.height) - 1u;
  let column = clamp(x, 1u, params.width) - 1u;
  let value = input[(plane * params.height + row) * params.width + column];
  return select(0.0, value, row + 1u == y && column + 1u == x);
}

fn six(plane: u32, y: u32, x: u32) -> Six {
  return Six(
    padded(plane, y, x), padded(plane, y, x + 1u), padded(plane, y, x + 2u),
    padded(plane, y, x + 3u), padded(plane, y, x + 4u), padded(plane, y, x + 5u),
  );
}

// Writes six planes of one place, `step` apart.
fn store(at: u32, step: u32, values: Six) {
  output[at] = values[0];
  output[at + step] = values[1];
  output[at + 2u * step] = values[2];
  output[at + 3u * step] = values[3];
  output[at + 4u * step] = values[4];
  output[at + 5u * step] = values[5];
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
  let x = tile % params.tiles_x * 4u;
  let y = tile / params.tiles_x * 4u;
  // Written out: software adapters keep arrays that loops index in memory, many times slower than registers.
  let d0 = six(channel, y, x);
  let d1 = six(channel, y + 1u, x);
  let d2 = six(channel, y + 2u, x);
  let d3 = six(channel, y + 3u, x);
  let d4 = six(channel, y + 4u, x);
  let d5 = six(channel, y + 5u, x);
  let h0 = along(Six(d0[0], d1[0], d2[0], d3[0], d4[0], d5[0]));
  let h1 = along(Six(d0[1], d1[1], d2[1], d3[1], d4[1], d5[1]));
  let h2 = along(Six(d0[2], d1[2], d2[2], d3[2], d4[2], d5[2]));
  let h3 = along(Six(d0[3], d1[3], d2[3], d3[3], d4[3], d5[3]));
  let h4 = along(Six(d0[4], d1[4], d2[4], d3[4], d4[4], d5[4]));
  let h5 = along(Six(d0[5], d1[5], d2[5], d3[5], d4[5], d5[5]));
  let at = tile * params.stride + channel;
  let step = params.tiles * params.stride;
  store(at, step, along(Six(h0[0], h1[0], h2[0], h3[0], h4[0], h5[0])));
  store(at + 6u * step, step, along(Six(h0[1], h1[1], h2[1], h3[1], h4[1], h5[1])));
  store(at + 12u * step, step, along(Six(h0[2], h1[2], h2[2], h3[2], h4[2], h5[2])));
  store(at + 18u * step, step, along(Six(h0[3], h1[3], h2[3], h3[3], h4[3], h5[3])));
  store(at + 24u * step, step, along(Six(h0[4], h1[4], h2[4], h3[4], h4[4], h5[4])));
  store(at + 30u * step, step, along(Six(h0[5], h1[5], h2[5], h3[5], h4[5], h5[5])));
}
