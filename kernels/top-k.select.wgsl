// top-k, second pass: takes the best of all chunks k times, each time looking for the taken chunk's next best.
// Layouts: input [rows, columns], best [rows, chunks], indices and values [rows, k], best first. One workgroup a row.
// Exact, ties by the later index; needs chunks ≤ CHUNK_LIMIT, chunks ≤ columns and k ≤ columns. Only a chunk's next best is looked
// up in the input: the bests of all chunks are kept in workgroup memory, with their values.

const WORKGROUP: u32 = 64u;
const CHUNK_LIMIT: u32 = 1024u;
const NONE: u32 = 0xffffffffu;

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
  k: u32,
}

// An element of a row: its index and its value.
struct Element {
  index: u32,
  value: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> best: array<u32>;
@group(0) @binding(3) var<storage, read_write> indices: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<f32>;

// The best that is left in each chunk. Only thread c % WORKGROUP touches chunk c's.
var<workgroup> left: array<Element, CHUNK_LIMIT>;
var<workgroup> contest: array<Element, WORKGROUP>;

fn before(a: Element, b: Element) -> bool {
  if (a.index == NONE) { return false; }
  if (b.index == NONE) { return true; }
  return a.value > b.value || (a.value == b.value && a.index > b.index);
}

// The best of one candidate a thread, known to all threads.
fn winner(lane: u32, candidate: Element) -> Element {
  contest[lane] = candidate;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half && before(contest[lane + half], contest[lane])) { contest[lane] = contest[lane + half]; }
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
  for (var c = lane; c < params.chunks; c += WORKGROUP) {
    let e = best[row * params.chunks + c];
    left[c] = Element(e, input[start + e]);
  }
  for (var i = 0u; i < params.k; i++) {
    var candidate = Element(NONE, 0.0);
    for (var c = lane; c < params.chunks; c += WORKGROUP) {
      if (before(left[c], candidate)) { candidate = left[c]; }
    }
    let top = winner(lane, candidate);
    // Next best of the chunk that `top` came from.
    candidate = Element(NONE, 0.0);
    let chunk = top.index % params.chunks;
    for (var e = chunk + lane * params.chunks; e < params.columns; e += WORKGROUP * params.chunks) {
      let element = Element(e, input[start + e]);
      if (before(top, element) && before(element, candidate)) { candidate = element; }
    }
    let next = winner(lane, candidate);
    if (lane == chunk % WORKGROUP) { left[chunk] = next; }
    if (lane == 0u) {
      indices[row * params.k + i] = top.index;
      values[row * params.k + i] = top.value;
    }
  }
}
