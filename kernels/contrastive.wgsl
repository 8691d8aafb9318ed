// contrastive: the ranking cost of scores [size, size] between pictures (rows) and captions (columns), whose diagonal is the pairs:
// cost[i] = sum over j ≠ i of max(0, margin - s[j, j] + s[i, j]) + max(0, margin - s[i, i] + s[i, j]), and its gradient [size, size].
// One thread an element of the gradient; those of the diagonal walk their row and column, and sum the row's cost.
// Kiros, Salakhutdinov & Zemel 2014, section 2.3.

const WORKGROUP: u32 = 64u;

struct Params {
  size: u32,
  margin: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scores: array<f32>;
@group(0) @binding(2) var<storage, read_write> cost: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;

// How far the score [i, j] comes too near to that of the pair p.
fn excess(i: u32, j: u32, p: u32) -> f32 {
  return max(0.0, params.margin - scores[p * params.size + p] + scores[i * params.size + j]);
}

fn slope(excess: f32) -> f32 {
  return select(0.0, 1.0, excess > 0.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (at >= params.size * params.size) { return; }
  let i = at / params.size;
  let j = at % params.size;
  if (i != j) {
    gradient[at] = slope(excess(i, j, j)) + slope(excess(i, j, i));
    return;
  }
  var sum = 0.0;
  var count = 0.0;
  for (var k = 0u; k < params.size; k++) {
    if (k == i) { continue; }
    sum += excess(i, k, k) + excess(i, k, i);
    count += slope(excess(i, k, i)) + slope(excess(k, i, i));
  }
  cost[i] = sum;
  gradient[at] = -count;
}
