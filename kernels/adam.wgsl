// adam: one step of Adam (Kingma & Ba 2015) on a parameter, its gradient scaled by what clipping left of the norm:
//   g' = clip · g   m ← 0.1 g' + 0.9 m   v ← 0.001 g'² + 0.999 v   w ← w - rate · m / (sqrt(spread · v) + 1e-8)
// rates [rate, spread]: the textbook's are lr / (1 - 0.9^t) and 1 / (1 - 0.999^t); lib/train/optimiser.ts has the original's.
// norm [squared norm, clip] is made by square-sum.clip. One thread an element.

const WORKGROUP: u32 = 64u;
const EPSILON: f32 = 1e-8;

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> norm: array<f32>;
@group(0) @binding(3) var<storage, read> rates: array<f32>;
@group(0) @binding(4) var<storage, read_write> weight: array<f32>;
@group(0) @binding(5) var<storage, read_write> mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> square: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.length) { return; }
  let g = norm[1] * gradient[i];
  let m = 0.1 * g + 0.9 * mean[i];
  let v = 0.001 * g * g + 0.999 * square[i];
  mean[i] = m;
  square[i] = v;
  weight[i] -= rates[0] * m / (sqrt(rates[1] * v) + EPSILON);
}
