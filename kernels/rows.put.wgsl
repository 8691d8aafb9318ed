// rows.put: kept[first + i] = input[i], or with ADD kept[first + i] += input[i], for `count` rows; both [*, columns].

const ADD: bool = false;
const WORKGROUP: u32 = 64u;

struct Params {
  first: u32,
  count: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> kept: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.count * params.columns) { return; }
  let at = params.first * params.columns + i;
  if (ADD) { kept[at] += input[i]; } else { kept[at] = input[i]; }
}
