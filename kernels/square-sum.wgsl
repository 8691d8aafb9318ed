// square-sum: parts[first + g] = sum of the squares of elements 4096·g .. of the input, one workgroup a part. Sums of sums of sums,
// so that rounding stays small over millions of elements.

const WORKGROUP: u32 = 64u;
const PART: u32 = 4096u;

struct Params {
  length: u32,
  first: u32,
  count: u32, // parts of this input
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = group.y * groups.x + group.x;
  if (part >= params.count) { return; }
  let end = min((part + 1u) * PART, params.length);
  var sum = 0.0;
  for (var i = part * PART + lane; i < end; i += WORKGROUP) { sum += input[i] * input[i]; }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) { return; }
  var all = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) { all += sums[i]; }
  parts[params.first + part] = all;
}
