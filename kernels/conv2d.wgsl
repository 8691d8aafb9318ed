// conv2d: 3×3 cross-correlation, zero padding 1, stride 1; output = act(input * weight + bias), then optionally a 2×2 maximum.
// Layouts: input [batch, in, height, width], weight [out, in, 3, 3] (not flipped), bias [out],
// output [batch, out, height, width], or [batch, out, height/2, width/2] (rounded down) with POOL.
//
//   const ACTIVATION   0 none, 1 relu
//   const POOL         2×2 maximum, stride 2, of what the thread computed
//   flag  BIAS         adds the operand `bias`
// A thread computes 4 columns of 2 rows of 4 channels. Register tiles only: fits any adapter. The tile is written out because
// software adapters keep arrays that loops index in memory, several times slower than registers.

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

// Four neighbours of a row as the left, middle and right taps see them.
struct Row {
  left: vec4<f32>,
  middle: vec4<f32>,
  right: vec4<f32>,
}

// Two output rows of one channel.
struct Rows {
  top: vec4<f32>,
  bottom: vec4<f32>,
}

// The input at (x - 1) of the row that begins at `start`, zero outside it.
fn padded(start: u32, x: u32) -> f32 {
  if (x == 0u || x > params.width) { return 0.0; }
  return input[start + x - 1u];
}

// Row y - 1 of a plane, from column x - 1 on; zero outside.
fn window(plane: u32, y: u32, x: u32) -> Row {
  if (y == 0u || y > params.height) { return Row(); }
  let start = (plane * params.height + y - 1u) * params.width;
  let a = vec4<f32>(padded(start, x), padded(start, x + 1u), padded(start, x + 2u), padded(start, x + 3u));
  let b = vec2<f32>(padded(start, x + 4u), padded(start, x + 5u));
  return Row(a, vec4<f32>(a.yzw, b.x), vec4<f32>(a.zw, b));
}

fn along(row: Row, w: vec3<f32>) -> vec4<f32> {
  return row.left * w.x + row.middle * w.y + row.right * w.z;
}

// What one input channel adds to one output channel.
fn products(row0: Row, row1: Row, row2: Row, row3: Row, at: u32) -> Rows {
  let w0 = vec3<f32>(weight[at], weight[at + 1u], weight[at + 2u]);
  let w1 = vec3<f32>(weight[at + 3u], weight[at + 4u], weight[at + 5u]);
  let w2 = vec3<f32>(weight[at + 6u], weight[at + 7u], weight[at + 8u]);
  return Rows(
    along(row0, w0) + along(row1, w1) + along(row2, w2),
    along(row1, w0) + along(row2, w1) + along(row3, w2),
  );
}

fn activate(x: f32) -> f32 {
  return select(x, max(x, 0.0), ACTIVATION == 1u);
}

fn put(plane: u32, y: u32, x: u32, value: f32) {
  let step = select(1u, 2u, POOL);
  let height = params.height / step;
  let width = params.width / step;
  if (y / step < height && x / step < width) { output[(plane * height + y / step) * width + x / step] = activate(value); }
}

// A maximum of four commutes with adding one bias and with a rising activation, so both come after it.
fn store(batch: u32, channel: u32, y: u32, x: u32, rows: Rows) {
  if (channel >= params.out_channels) { return; }
  let plane = batch * params.out_channels + channel;
  var top = rows.top;
  var bottom = rows.bottom;
//#if BIAS
  top += bias[channel];
  bottom += bias[channel];
//#end
  if (POOL) {
    let tallest = max(top, bottom);
    put(plane, y, x, max(tallest.x, tallest.y));
    put(plane, y, x + 2u, max(tallest.z, tallest.w));
    return;
  }
  for (var j = 0u; j < 4u; j++) {
    put(plane, y, x + j, top[j]);
    put(plane, y + 1u, x + j, bottom[j]);
  }
}

fn add(sums: Rows, more: Rows) -> Rows {
  return Rows(sums.top + more.top, sums.bottom + more.bottom);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let tiles_x = (params.width + 3u) / 4u;
  let tiles = tiles_x * ((params.height + 1u) / 2u);
  let x = index % tiles % tiles_x * 4u;
  let y = index % tiles / tiles_x * 2u;
  let channel = index / tiles * 4u;
  if (channel >= params.out_channels) { return; }
  // Channels past the end repeat the last one; they are not stored.
  let filters = min(channel + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.out_channels - 1u)) * params.in_channels * 9u;
  var sum0 = Rows();
  var sum1 = Rows();
  var sum2 = Rows();
  var sum3 = Rows();
  for (var c = 0u; c < params.in_channels; c++) {
    let plane = group.z * params.in_channels + c;
    let row0 = window(plane, y, x);
    let row1 = window(plane, y + 1u, x);
    let row2 = window(plane, y + 2u, x);
    let row3 = window(plane, y + 3u, x);
    sum0 = add(sum0, products(row0, row1, row2, row3, filters.x + c * 9u));
    sum1 = add(sum1, products(row0, row1, row2, row3, filters.y + c * 9u));
    sum2 = add(sum2, products(row0, row1, row2, row3, filters.z + c * 9u));
    sum3 = add(sum3, products(row0, row1, row2, row3, filters.w + c * 9u));
  }
  store(group.z, channel, y, x, sum0);
  store(group.z, channel + 1u, y, x, sum1);
  store(group.z, channel + 2u, y, x, sum2);
  store(group.z, channel + 3u, y, x, sum3);
}
