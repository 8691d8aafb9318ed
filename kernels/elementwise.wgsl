// elementwise: output[i] = f(input[i]) or f(input[i], other[(i / inner) % period]); f32, any shape, contiguous.
//
//   const KIND     which f: see the cases below and the table in lib/ops/elementwise.ts
//   flag  BINARY   adds the operand `other`

const KIND: u32 = 3u;
const WORKGROUP: u32 = 64u;

struct Params {
  length: u32,
  inner: u32,  // elements of `input` that share one element of `other`
  period: u32, // length of `other`
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
//#if BINARY
@group(0) @binding(2) var<storage, read> other: array<f32>;
//#end
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

// 1 / (1 + exp(-x)) without overflow: past |x| = 60 the result is 0 or 1 in f32.
fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -60.0, 60.0)));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * WORKGROUP + lane;
  if (i >= params.length) { return; }
  let a = input[i];
  var b = 0.0;
//#if BINARY
  b = other[(i / params.inner) % params.period];
//#end
  var y = a;
  switch KIND {
    case 0u: { y = max(a, 0.0); }
    case 1u: { y = tanh(clamp(a, -20.0, 20.0)); }
    case 2u: { y = sigmoid(a); }
    case 3u: { y = a + b; }
    case 4u: { y = a - b; }
    case 5u: { y = a * b; }
    // Gradients: a is f(x), b the gradient of f(x).
    case 6u: { y = select(0.0, b, a > 0.0); }
    case 7u: { y = b * (1.0 - a * a); }
    case 8u: { y = b * a * (1.0 - a); }
    case 9u: { y = -a; }
    default: {}
  }
  output[i] = y;
}
