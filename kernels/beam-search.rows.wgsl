// beam search, first pass of a step: for each live hypothesis the maximum and the log of the sum of exponentials of its
// logits, the best word of each chunk and the best of all. Chunk c of a row are the words c, c + chunks, c + 2·chunks, …
// Layouts: logits [live, words]; rows [live, 4] = max, log-sum, bound, best word; best [live, chunks, 2] = word, key.
//
// Order within a row is by logit alone, never by a computed cost: equal loads compare equal in every kernel. Words whose
// probability is 0 in f32 (logit below `bound`) cost "infinity"; the unknown word, where it is not wanted, stands exactly at
// the bound: after every possible word, before the impossible ones, as its cost of 1e20 puts it in the original.
// A word's key is what it is ordered by: its logit, or the bound. Of equal words the earlier wins. One workgroup a row.

const WORKGROUP: u32 = 64u;
const UNKNOWN: u32 = 1u;
const NONE: u32 = 0xffffffffu;
// A little below 103.279, -ln of the smallest f32 above zero: past this a probability is 0.
const IMPOSSIBLE: f32 = 103.27;

struct Params {
  words: u32,
  chunks: u32,
  use_unknown: u32,
}

struct Row {
  top: f32,
  log_sum: f32,
  bound: f32,
  best: u32,
}

struct Word {
  id: u32,
  key: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> rows: array<Row>;
@group(0) @binding(3) var<storage, read_write> best: array<Word>;

var<workgroup> contest: array<Word, WORKGROUP>;
var<workgroup> parts: array<f32, WORKGROUP>;

fn before(a: Word, b: Word) -> bool {
  if (a.id == NONE) { return false; }
  if (b.id == NONE) { return true; }
  return a.key > b.key || (a.key == b.key && a.id < b.id);
}

// The best word of a chunk but for the unwanted one, which can only be the first: there are two chunks or more.
fn best_of(chunk: u32, start: u32) -> Word {
  var first = Word(chunk, logits[start + chunk]);
  if (chunk == UNKNOWN && params.use_unknown == 0u) { first = Word(NONE, -3e38); }
  for (var w = chunk + params.chunks; w < params.words; w += params.chunks) {
    let logit = logits[start + w];
    if (logit > first.key) { first = Word(w, logit); }
  }
  return first;
}

// The best of one word a thread, known to all threads.
fn first_word(lane: u32, word: Word) -> Word {
  contest[lane] = word;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half && before(contest[lane + half], contest[lane])) { contest[lane] = contest[lane + half]; }
  }
  let first = workgroupUniformLoad(&contest[0]);
  return first;
}

// The sum of one number a thread, known to all threads.
fn total(lane: u32, part: f32) -> f32 {
  parts[lane] = part;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { parts[lane] += parts[lane + half]; }
  }
  let sum = workgroupUniformLoad(&parts[0]);
  return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let start = row * params.words;
  let table = row * params.chunks;
  var mine = Word(NONE, 0.0);
  for (var chunk = lane; chunk < params.chunks; chunk += WORKGROUP) {
    let word = best_of(chunk, start);
    best[table + chunk] = word;
    if (before(word, mine)) { mine = word; }
  }
  var first = first_word(lane, mine);
  let top = max(first.key, logits[start + UNKNOWN]);
  var part = 0.0;
  for (var w = lane; w < params.words; w += WORKGROUP) { part += exp(max(logits[start + w] - top, -110.0)); }
  let sum = total(lane, part);
  let log_sum = log(sum);
  let bound = top + log_sum - IMPOSSIBLE;
  // The thread that has the unknown word's chunk.
  if (lane == UNKNOWN && params.use_unknown == 0u) {
    let unknown = Word(UNKNOWN, bound);
    if (before(unknown, best[table + UNKNOWN])) { best[table + UNKNOWN] = unknown; }
  }
  if (lane == 0u) {
    let unknown_first = params.use_unknown == 0u && before(Word(UNKNOWN, bound), first);
    rows[row] = Row(top, log_sum, bound, select(first.id, UNKNOWN, unknown_first));
  }
}
