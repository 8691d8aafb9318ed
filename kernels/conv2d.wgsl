// conv2d: 3×3 cross-correlation, zero padding 1, stride 1; output = act(input * weight + bias), then optionally a 2×2 maximum.
// Layouts: input [batch, in, height, width], weight [out, in, 3, 3] (not flipped), bias [out],
// output [batch, out, height, width], or [batch, out, height/2, width/2] (rounded down) with POOL.
//
//   const TX TY TC     outputs a thread before pooling: columns, rows (both even), channels
//   const ACTIVATION   0 none, 1 relu
//   const POOL         2×2 maximum, stride 2, of what the thread computed
//   flag  BIAS         adds the operand `bias`
// Register tiles only: fits any adapter.

const TX: u32 = 4u;
const TY: u32 = 2u;
const TC: u32 = 4u;
const ACTIVATION: u32 = 0u;
const POOL: bool = false;
const WORKGROUP: u32 = 64u;

struct Params {
  in_channels: u32,
  out_channels: u32,
  height: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
//#if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//#end
@group(0) @binding(4) var<storage, read_write> output: array<f32>;

alias Tile = array<array<array<f32, TX>, TY>, TC>;

// The input at (x - 1, y - 1) of a plane, zero outside it.
fn padded(plane: u32, y: u32, x: u32) -> f32 {
  if (x == 0u || y == 0u || x > params.width || y > params.height) { return 0.0; }
  return input[(plane * params.height + y - 1u) * params.width + x - 1u];
}

fn accumulate(sum: ptr<function, Tile>, plane: u32, channel: u32, in_channel: u32, y: u32, x: u32) {
  var window: array<array<f32, TX + 2u>, TY + 2u>;
  for (var i = 0u; i < TY + 2u; i++) {
    for (var j = 0u; j < TX + 2u; j++) { window[i][j] = padded(plane, y + i, x + j); }
  }
  for (var c = 0u; c < TC; c++) {
    let at = (min(channel + c, params.out_channels - 1u) * params.in_channels + in_channel) * 9u;
    for (var tap = 0u; tap < 9u; tap++) {
      let w = weight[at + tap];
      for (var i = 0u; i < TY; i++) {
        for (var j = 0u; j < TX; j++) { (*sum)[c][i][j] += w * window[i + tap / 3u][j + tap % 3u]; }
      }
    }
  }
}

fn activate(x: f32) -> f32 {
  return select(x, max(x, 0.0), ACTIVATION == 1u);
}

// A maximum of four commutes with adding one bias and with a rising activation, so both come after it.
fn store(sum: ptr<function, Tile>, c: u32, offset: f32, plane: u32, y: u32, x: u32) {
  let step = select(1u, 2u, POOL);
  let height = params.height / step;
  let width = params.width / step;
  for (var i = 0u; i < TY; i += step) {
    for (var j = 0u; j < TX; j += step) {
      let row = (y + i) / step;
      let column = (x + j) / step;
      if (row >= height || column >= width) { continue; }
      var value = (*sum)[c][i][j];
      if (POOL) { value = max(max(value, (*sum)[c][i][j + 1u]), max((*sum)[c][i + 1u][j], (*sum)[c][i + 1u][j + 1u])); }
      output[(plane * height + row) * width + column] = activate(value + offset);
    }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let tiles_x = (params.width + TX - 1u) / TX;
  let tiles = tiles_x * ((params.height + TY - 1u) / TY);
  let x = index % tiles % tiles_x * TX;
  let y = index % tiles / tiles_x * TY;
  let channel = index / tiles * TC;
  if (channel >= params.out_channels) { return; }
  var sum: Tile;
  for (var c = 0u; c < params.in_channels; c++) { accumulate(&sum, group.z * params.in_channels + c, channel, c, y, x); }
  for (var c = 0u; c < TC; c++) {
    if (channel + c >= params.out_channels) { break; }
    var offset = 0.0;
//#if BIAS
    offset = bias[channel + c];
//#end
    store(&sum, c, offset, group.z * params.out_channels + channel + c, y, x);
  }
}
