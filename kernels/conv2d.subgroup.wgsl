// conv2d.subgroup: conv2d.wgsl without its maximum, for few input channels, on adapters where loads are dear and all subgroups have one
// size of 8 or more (lavapipe). A workgroup, one subgroup, computes 32 neighbours of a row for 4 · LANES channels: its lanes own
// channels, load the row's inputs together and pass them round. Layouts as in conv2d.wgsl.
//
//   override LANES     the subgroup's size; a lane's four channels are LANES apart
//   const ACTIVATION   0 none, 1 relu
//   flag  BIAS         adds the operand `bias`

enable subgroups;

const ACTIVATION: u32 = 0u;
override LANES: u32 = 8u;

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

// The lane's channels at one place; 32 places, and two on either side that only fill up what is written out below.
alias Sums = array<vec4<f32>, 36>;
// The weights of the left, middle and right tap for the lane's channels.
alias Taps = array<vec4<f32>, 3>;

// The input at column x - 1 of the row at `start`, zero outside it. It is loaded in any case, from the nearest place inside.
fn padded(start: u32, x: u32, inside: bool) -> f32 {
  let column = clamp(x, 1u, params.width) - 1u;
  return select(0.0, input[start + column], inside && column + 1u == x);
}

fn taps(filters: vec4<u32>, at: u32) -> vec4<f32> {
  return vec4<f32>(weight[filters.x + at], weight[filters.y + at], weight[filters.z + at], weight[filters.w + at]);
}

// Adds what input i, of the 34 that touch the places, gives to the places that it is right, middle and left of.
fn add(sum: ptr<function, Sums>, i: u32, value: f32, w: Taps) {
  (*sum)[i] += value * w[2];
  (*sum)[i + 1u] += value * w[1];
  (*sum)[i + 2u] += value * w[0];
}

// Eight inputs, one of which each lane has loaded.
fn add_eight(sum: ptr<function, Sums>, first: u32, loaded: f32, w: Taps) {
  add(sum, first, subgroupShuffle(loaded, 0u), w);
  add(sum, first + 1u, subgroupShuffle(loaded, 1u), w);
  add(sum, first + 2u, subgroupShuffle(loaded, 2u), w);
  add(sum, first + 3u, subgroupShuffle(loaded, 3u), w);
  add(sum, first + 4u, subgroupShuffle(loaded, 4u), w);
  add(sum, first + 5u, subgroupShuffle(loaded, 5u), w);
  add(sum, first + 6u, subgroupShuffle(loaded, 6u), w);
  add(sum, first + 7u, subgroupShuffle(loaded, 7u), w);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let across = (params.width + 31u) / 32u;
  let tile = group.y * groups.x + group.x;
  let x = tile % across * 32u;
  let y = tile / across % params.height;
  let first = tile / across / params.height * 4u * LANES;
  if (first >= params.out_channels) { return; }
  // Channels past the end repeat the last one; they are not stored.
  let channels = first + lane + vec4<u32>(0u, 1u, 2u, 3u) * LANES;
  let filters = min(channels, vec4<u32>(params.out_channels - 1u)) * params.in_channels * 9u;
  let loads = x + lane % 8u;
  var sum: Sums;
  for (var i = 0u; i < 3u * params.in_channels; i++) {
    let row = y + i % 3u; // one more than the row of the input
    let inside = row > 0u && row <= params.height;
    let plane = group.z * params.in_channels + i / 3u;
    let start = (plane * params.height + clamp(row, 1u, params.height) - 1u) * params.width;
    let w = Taps(taps(filters, 3u * i), taps(filters, 3u * i + 1u), taps(filters, 3u * i + 2u));
    add_eight(&sum, 0u, padded(start, loads, inside), w);
    add_eight(&sum, 8u, padded(start, loads + 8u, inside), w);
    add_eight(&sum, 16u, padded(start, loads + 16u, inside), w);
    add_eight(&sum, 24u, padded(start, loads + 24u, inside), w);
    let last = padded(start, loads + 32u, inside);
    add(&sum, 32u, subgroupShuffle(last, 0u), w);
    add(&sum, 33u, subgroupShuffle(last, 1u), w);
  }
  for (var i = 0u; i < min(32u, params.width - x); i++) {
    for (var j = 0u; j < 4u; j++) {
      if (channels[j] >= params.out_channels) { continue; }
      var value = sum[i + 2u][j];
//#if BIAS
      value += bias[channels[j]];
//#end
      let plane = group.z * params.out_channels + channels[j];
      output[(plane * params.height + y) * params.width + x + i] = select(value, max(value, 0.0), ACTIVATION == 1u);
    }
  }
}
