// conv2d.winograd-weight: 3×3 filters as Winograd's F(4×4, 3×3) wants them, u = G·w·Gᵀ; made once, when the weights are loaded.
// (Lavin & Gray 2016, Fast Algorithms for Convolutional Neural Networks, section 4.)
// Layouts: weight [out, in, 3, 3], output [36, out, in]: element (row, column) of the 6×6 result is plane 6·row + column.

const WORKGROUP: u32 = 64u;

struct Params {
  filters: u32, // out · in
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;

// One column of G·w, from three taps.
fn along(a: f32, b: f32, c: f32) -> array<f32, 6> {
  let even = a / 24.0 + c / 6.0;
  return array<f32, 6>(a / 4.0, -(a + b + c) / 6.0, -(a - b + c) / 6.0, even + b / 12.0, even - b / 12.0, c);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let filter_index = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (filter_index >= params.filters) { return; }
  var half: array<array<f32, 6>, 3>;
  for (var column = 0u; column < 3u; column++) {
    let at = filter_index * 9u + column;
    half[column] = along(weight[at], weight[at + 3u], weight[at + 6u]);
  }
  for (var row = 0u; row < 6u; row++) {
    let whole = along(half[0][row], half[1][row], half[2][row]);
    for (var column = 0u; column < 6u; column++) {
      output[(row * 6u + column) * params.filters + filter_index] = whole[column];
    }
  }
}
