// conv2d.backward: the gradient of the filters of a 3×3 convolution with padding 1, in `parts` that are still to be summed:
// output[part, out, in, y, x] = sum over the part's picture rows and all columns of gradient[b, out, r, c] * input[b, in, r + y - 1, c + x - 1].
// Layouts: input [batch, in, height, width], gradient [batch, out, height, width], output [parts, out, in, 3, 3]. The batch · height rows
// are divided evenly among the parts. A thread computes one input channel of four output channels.

const WORKGROUP: u32 = 64u;

struct Params {
  batch: u32,
  in_channels: u32,
  out_channels: u32,
  height: u32,
  width: u32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

// Column x - 1 of rows y - 1, y, y + 1 of a plane, zero outside: what one column of taps sees.
fn taps(plane: u32, y: u32, x: u32) -> vec3<f32> {
  if (x == 0u || x > params.width) { return vec3<f32>(); }
  let at = (plane * params.height + y) * params.width + x - 1u;
  var seen = vec3<f32>(0.0, input[at], 0.0);
  if (y > 0u) { seen.x = input[at - params.width]; }
  if (y + 1u < params.height) { seen.z = input[at + params.width]; }
  return seen;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  let quads = (params.out_channels + 3u) / 4u;
  if (i >= params.parts * quads * params.in_channels) { return; }
  let channel = i % params.in_channels;
  let first = i / params.in_channels % quads * 4u;
  let part = i / (params.in_channels * quads);
  let rows = params.batch * params.height;
  let plane_size = params.height * params.width;
  // Channels past the end repeat the last one: loads stay in bounds, their results are not stored.
  let outs = min(first + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.out_channels - 1u));
  var left = array<vec4<f32>, 3>();
  var middle = array<vec4<f32>, 3>();
  var right = array<vec4<f32>, 3>();
  for (var row = part * rows / params.parts; row < (part + 1u) * rows / params.parts; row++) {
    let picture = row / params.height;
    let y = row % params.height;
    let plane = picture * params.in_channels + channel;
    let starts = (picture * params.out_channels + outs) * plane_size + y * params.width;
    var before = taps(plane, y, 0u);
    var here = taps(plane, y, 1u);
    for (var x = 0u; x < params.width; x++) {
      let after = taps(plane, y, x + 2u);
      let g = vec4<f32>(gradient[starts.x + x], gradient[starts.y + x], gradient[starts.z + x], gradient[starts.w + x]);
      left[0] += g * before.x;
      left[1] += g * before.y;
      left[2] += g * before.z;
      middle[0] += g * here.x;
      middle[1] += g * here.y;
      middle[2] += g * here.z;
      right[0] += g * after.x;
      right[1] += g * after.y;
      right[2] += g * after.z;
      before = here;
      here = after;
    }
  }
  for (var o = 0u; o < 4u && first + o < params.out_channels; o++) {
    let at = ((part * params.out_channels + first + o) * params.in_channels + channel) * 9u;
    for (var y = 0u; y < 3u; y++) {
      output[at + 3u * y] = left[y][o];
      output[at + 3u * y + 1u] = middle[y][o];
      output[at + 3u * y + 2u] = right[y][o];
    }
  }
}
