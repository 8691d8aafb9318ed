// beam search, first pass of a step: for each live hypothesis the maximum and the log of the sum of exponentials of its
// logits, and the best word of each chunk. Chunk c of a row are the words c, c + chunks, c + 2·chunks, …
// Layouts: logits [live, words]; rows [live, 3] = max, log-sum, bound; best [live, chunks] (words).
//
// Order within a row is by logit alone, never by a computed cost: equal loads compare equal in every kernel. Words whose
// probability is 0 in f32 (logit below `bound`) cost "infinity"; the unknown word, where it is not wanted, stands exactly at
// the bound: after every possible word, before the impossible ones, as its cost of 1e20 puts it in the original.
// Of equal words the earlier wins. One workgroup a row.

const WORKGROUP: u32 = 64u;
const UNKNOWN: u32 = 1u;
// A little below 103.279, -ln of the smallest f32 above zero: past this a probability is 0.
const IMPOSSIBLE: f32 = 103.27;

struct Params {
  words: u32,
  chunks: u32,
  use_unknown: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> rows: array<f32>;
@group(0) @binding(3) var<storage, read_write> best: array<u32>;

var<workgroup> parts: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let start = row * params.words;
  var top = -3e38;
  for (var i = lane; i < params.words; i += WORKGROUP) { top = max(top, logits[start + i]); }
  parts[lane] = top;
  workgroupBarrier();
  for (var i = 0u; i < WORKGROUP; i++) { top = max(top, parts[i]); }
  workgroupBarrier();
  var sum = 0.0;
  for (var i = lane; i < params.words; i += WORKGROUP) { sum += exp(max(logits[start + i] - top, -110.0)); }
  parts[lane] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) { sum += parts[i]; }
  let log_sum = log(sum);
  let bound = top + log_sum - IMPOSSIBLE;
  if (lane == 0u) {
    rows[3u * row] = top;
    rows[3u * row + 1u] = log_sum;
    rows[3u * row + 2u] = bound;
  }
  for (var chunk = lane; chunk < params.chunks; chunk += WORKGROUP) {
    var word = chunk;
    var top_key = select(logits[start + word], bound, word == UNKNOWN && params.use_unknown == 0u);
    for (var i = chunk + params.chunks; i < params.words; i += params.chunks) {
      let key = select(logits[start + i], bound, i == UNKNOWN && params.use_unknown == 0u);
      if (key > top_key) {
        word = i;
        top_key = key;
      }
    }
    best[row * params.chunks + chunk] = word;
  }
}
