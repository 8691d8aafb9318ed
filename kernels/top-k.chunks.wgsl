// top-k, first pass: the best element of each chunk of a row. Chunk c of a row are the elements c, c + chunks, c + 2·chunks, …
// so that neighbouring threads read neighbouring values. Larger wins; of equal ones the later (numpy's argsort, reversed).
// Layouts: input [rows, columns], best [rows, chunks] (indices within the row).
// Knobs: WORKGROUP; SLICES threads share a chunk, a power of two, with the flag SLICED where they are more than one.

const WORKGROUP: u32 = 64u;
const SLICES: u32 = 1u;
// Chunks a workgroup.
const CHUNKS: u32 = WORKGROUP / SLICES;
const NONE: u32 = 0xffffffffu;

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
}

// An element of a row: its index and its value.
struct Element {
  index: u32,
  value: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> best: array<u32>;

//#if SLICED
var<workgroup> contest: array<Element, WORKGROUP>;

fn before(a: Element, b: Element) -> bool {
  if (a.index == NONE) { return false; }
  if (b.index == NONE) { return true; }
  return a.value > b.value || (a.value == b.value && a.index > b.index);
}

// The best of a chunk's slices, known to the first slice's thread.
fn best_slice(lane: u32, top: Element) -> Element {
  contest[lane] = top;
  for (var half = SLICES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half * CHUNKS && before(contest[lane + half * CHUNKS], contest[lane])) { contest[lane] = contest[lane + half * CHUNKS]; }
  }
  return contest[lane];
}
//#end

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * CHUNKS + lane % CHUNKS;
  let is_chunk = i < params.rows * params.chunks;
  let start = i / params.chunks * params.columns;
  let stride = SLICES * params.chunks;
  let first = i % params.chunks + lane / CHUNKS * params.chunks;
  var top = Element(NONE, 0.0);
  if (is_chunk && first < params.columns) {
    top = Element(first, input[start + first]);
    for (var e = first + stride; e < params.columns; e += stride) {
      let value = input[start + e];
      if (value >= top.value) { top = Element(e, value); }
    }
  }
  //#if SLICED
  top = best_slice(lane, top);
  //#end
  if (is_chunk && lane < CHUNKS) { best[i] = top.index; }
}
