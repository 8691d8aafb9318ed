// l2-normalize.backward: output[row] = (g - y (y·g)) / |x| with x the input row, y = x / |x| and g its gradient; a row of zeros has a
// gradient of zeros. One workgroup a row.

const WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;

var<workgroup> squares: array<f32, WORKGROUP>;
var<workgroup> dots: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) { return; }
  let start = row * params.columns;
  var square = 0.0;
  var dot = 0.0;
  for (var i = lane; i < params.columns; i += WORKGROUP) {
    square += input[start + i] * input[start + i];
    dot += input[start + i] * gradient[start + i];
  }
  squares[lane] = square;
  dots[lane] = dot;
  workgroupBarrier();
  square = 0.0;
  dot = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) {
    square += squares[i];
    dot += dots[i];
  }
  let scale = select(1.0 / sqrt(square), 0.0, square == 0.0);
  for (var i = lane; i < params.columns; i += WORKGROUP) {
    output[start + i] = (gradient[start + i] - input[start + i] * scale * (dot * scale)) * scale;
  }
}
