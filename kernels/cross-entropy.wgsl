// cross-entropy: cost[row] = -log(p[target] + 1e-8) with p the softmax of a row of logits, and its gradient
// p[target] / (p[target] + 1e-8) · (p[i] - [i = target]), which dies where the probability does. One workgroup a row.
// Layouts: logits and gradient [rows, columns], targets and cost [rows].

const WORKGROUP: u32 = 64u;
const FLOOR: f32 = 1e-8;

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read_write> cost: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;

var<workgroup> parts: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) { return; }
  let start = row * params.columns;
  var top = -3e38;
  for (var i = lane; i < params.columns; i += WORKGROUP) { top = max(top, logits[start + i]); }
  parts[lane] = top;
  workgroupBarrier();
  for (var i = 0u; i < WORKGROUP; i++) { top = max(top, parts[i]); }
  workgroupBarrier();
  var sum = 0.0;
  for (var i = lane; i < params.columns; i += WORKGROUP) {
    let e = exp(max(logits[start + i] - top, -110.0));
    sum += e;
    gradient[start + i] = e;
  }
  parts[lane] = sum;
  workgroupBarrier();
  var all = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) { all += parts[i]; }
  let target_column = u32(targets[row]);
  let chance = exp(max(logits[start + target_column] - top, -110.0)) / all;
  let slope = chance / (chance + FLOOR);
  if (lane == 0u) { cost[row] = -log(chance + FLOOR); }
  for (var i = lane; i < params.columns; i += WORKGROUP) {
    gradient[start + i] = slope * (gradient[start + i] / all - select(0.0, 1.0, i == target_column));
  }
}
