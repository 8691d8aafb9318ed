// top-k, second pass: takes the best of all chunks k times, each time looking for the taken chunk's next best.
// Layouts: input [rows, columns], best [rows, chunks] (used up), indices and values [rows, k], best first. One workgroup a row.
// Exact, ties by the later index; needs chunks ≤ columns and k ≤ columns.

const WORKGROUP: u32 = 64u;
const NONE: u32 = 0xffffffffu;

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
  k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> best: array<u32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<f32>;

var<workgroup> contest: array<u32, WORKGROUP>;

// Whether element a comes before element b of the row at `start`.
fn before(start: u32, a: u32, b: u32) -> bool {
  if (a == NONE) { return false; }
  if (b == NONE) { return true; }
  let x = input[start + a];
  let y = input[start + b];
  return x > y || (x == y && a > b);
}

// The best of one candidate a thread, known to all threads.
fn winner(start: u32, lane: u32, candidate: u32) -> u32 {
  contest[lane] = candidate;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half && before(start, contest[lane + half], contest[lane])) { contest[lane] = contest[lane + half]; }
  }
  let first = workgroupUniformLoad(&contest[0]);
  return first;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) { return; }
  let start = row * params.columns;
  let table = row * params.chunks;
  for (var i = 0u; i < params.k; i++) {
    var candidate = NONE;
    for (var c = lane; c < params.chunks; c += WORKGROUP) {
      if (before(start, best[table + c], candidate)) { candidate = best[table + c]; }
    }
    let top = winner(start, lane, candidate);
    // Next best of the chunk that `top` came from.
    candidate = NONE;
    let chunk = top % params.chunks;
    for (var e = chunk + lane * params.chunks; e < params.columns; e += WORKGROUP * params.chunks) {
      if (before(start, top, e) && before(start, e, candidate)) { candidate = e; }
    }
    let next = winner(start, lane, candidate);
    if (lane == 0u) {
      best[table + chunk] = next;
      indices[row * params.k + i] = top;
      values[row * params.k + i] = input[start + top];
    }
    storageBarrier();
  }
}
