// c ← c · x + y in sixteen independent sums a lane, unrolled by eight: the multiply-adds that an adapter does when nothing is loaded.
// 32 · 8 · STEPS operations a lane. `output` [workgroups · LANES]: each lane's sums, added up, which keeps them from being left out.

override LANES: u32 = 64u;
const STEPS: u32 = 512u;

struct Params {
  x: f32,
  y: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let x = vec4f(params.x);
  let y = vec4f(params.y);
  var a = vec4f(f32(lane), f32(lane) + 1, f32(lane) + 2, f32(lane) + 3);
  var b = a + 4;
  var c = a + 8;
  var d = a + 12;
  for (var step = 0u; step < STEPS; step++) {
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
  }
  let sum = a + b + c + d;
  output[group.x * LANES + lane] = sum.x + sum.y + sum.z + sum.w;
}
