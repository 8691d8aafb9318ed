// beam search, second pass of a step: takes the (width - finished) cheapest continuations of all live hypotheses, cheapest
// first; those that end with word 0 leave with their cost, the others are the next step's hypotheses.
// Cost of word w after row r: costs[r] + (max - logit) + log-sum. Exceptions: the unwanted unknown word costs 1e20 whatever came
// before, as in the original; below the row's bound, or after an infinite cost, the cost is INFINITE. Of equal costs: the earlier row;
// then the larger logit (the unwanted word last of the possible ones); then the earlier word.
// Layouts: logits [live, words]; rows [live, 4] = max, log-sum, bound (logits below it have probability 0), best word;
// best [live, chunks, 2] = word, key: the first word left in chunk c = words c, c + chunks, …, and what a row's words are ordered by;
// tokens, parents, costs [width], changed in place; history [maxlen, width] = word · 256 + parent row;
// control: 0 live (0 ends the loop, at maxlen too), 1 finished, 2 best finished cost (bits), 3 steps, 4 hypotheses that live on at the
// end, then from 8 on (cost bits, step, row) of each finished hypothesis. One workgroup in all.

const WORKGROUP: u32 = 64u;
const MAX_WIDTH: u32 = 200u;
const UNKNOWN: u32 = 1u;
const NONE: u32 = 0xffffffffu;
// Finite stand-ins: WGSL may assume that neither infinity nor NaN exists. EXHAUSTED is the cost where a row has no word left.
const INFINITE: f32 = 3e38;
const EXHAUSTED: f32 = 3.2e38;
// The original's cost of the unwanted word.
const UNWANTED: f32 = 1e20;
const FINISHED: u32 = 8u;

struct Params {
  live: u32,
  width: u32,
  words: u32,
  chunks: u32,
  maxlen: u32,
  use_unknown: u32,
}

struct Row {
  top: f32,
  log_sum: f32,
  bound: f32,
  best: u32,
}

// A word of a row, or a row: the larger key comes first, then the smaller id.
struct Ranked {
  id: u32,
  key: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> rows: array<Row>;
@group(0) @binding(3) var<storage, read_write> best: array<Ranked>;
@group(0) @binding(4) var<storage, read_write> tokens: array<i32>;
@group(0) @binding(5) var<storage, read_write> parents: array<u32>;
@group(0) @binding(6) var<storage, read_write> costs: array<f32>;
@group(0) @binding(7) var<storage, read_write> history: array<u32>;
@group(0) @binding(8) var<storage, read_write> control: array<u32>;

// The first word left of each live row, and what it costs.
var<workgroup> row_word: array<Ranked, MAX_WIDTH>;
var<workgroup> row_cost: array<f32, MAX_WIDTH>;
// The continuations taken so far.
var<workgroup> taken_row: array<u32, MAX_WIDTH>;
var<workgroup> taken_word: array<u32, MAX_WIDTH>;
var<workgroup> taken_cost: array<f32, MAX_WIDTH>;
var<workgroup> contest: array<Ranked, WORKGROUP>;
var<workgroup> contest_of_others: array<Ranked, WORKGROUP>;
var<workgroup> wanted: u32;

fn before(a: Ranked, b: Ranked) -> bool {
  if (a.id == NONE) { return false; }
  if (b.id == NONE) { return true; }
  return a.key > b.key || (a.key == b.key && a.id < b.id);
}

fn unwanted(word: u32) -> bool {
  return word == UNKNOWN && params.use_unknown == 0u;
}

// The key of the unwanted word: the bound; after an infinite cost its 1e20 is the cheapest, so first.
fn unwanted_key(row: Row, cost: f32) -> f32 {
  return select(row.bound, INFINITE, cost >= INFINITE);
}

// What a word costs after a row that costs `cost`.
fn cost_after(row: Row, cost: f32, word: Ranked) -> f32 {
  if (word.id == NONE) { return EXHAUSTED; }
  if (unwanted(word.id)) { return UNWANTED; }
  if (word.key < row.bound || cost >= INFINITE) { return INFINITE; }
  return min(INFINITE, cost + ((row.top - word.key) + row.log_sum));
}

// The first word of a row before any is taken.
fn first_word(id: u32) -> Ranked {
  let row = rows[id];
  // beam-search.rows knows no costs: it took the unknown word for dear.
  let is_dear = unwanted(UNKNOWN) && costs[id] >= INFINITE;
  if (is_dear || unwanted(row.best)) { return Ranked(UNKNOWN, unwanted_key(row, costs[id])); }
  return Ranked(row.best, logits[id * params.words + row.best]);
}

// The row whose first word is the cheapest, with its negative cost; known to all threads.
fn first_row(lane: u32) -> Ranked {
  var candidate = Ranked(NONE, -EXHAUSTED);
  for (var row = lane; row < params.live; row += WORKGROUP) {
    let rival = Ranked(row, -row_cost[row]);
    if (before(rival, candidate)) { candidate = rival; }
  }
  contest[lane] = candidate;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half && before(contest[lane + half], contest[lane])) { contest[lane] = contest[lane + half]; }
  }
  let first = workgroupUniformLoad(&contest[0]);
  return first;
}

// The first word after `taken` in its chunk, among those that a thread looks at.
fn next_in_chunk(row: u32, taken: Ranked, unknown: f32, lane: u32) -> Ranked {
  var next = Ranked(NONE, 0.0);
  for (var w = taken.id % params.chunks + lane * params.chunks; w < params.words; w += WORKGROUP * params.chunks) {
    let word = Ranked(w, select(logits[row * params.words + w], unknown, unwanted(w)));
    if (before(taken, word) && before(word, next)) { next = word; }
  }
  return next;
}

// The first word of the row's other chunks, among those that a thread looks at.
fn first_of_others(row: u32, chunk: u32, lane: u32) -> Ranked {
  var first = Ranked(NONE, 0.0);
  for (var c = lane; c < params.chunks; c += WORKGROUP) {
    let word = best[row * params.chunks + c];
    if (c != chunk && before(word, first)) { first = word; }
  }
  return first;
}

// Takes the first word of a row out of its chunk and finds the first among what is left.
fn advance(id: u32, taken: Ranked, lane: u32) {
  let row = rows[id];
  let cost = costs[id];
  let chunk = taken.id % params.chunks;
  contest[lane] = next_in_chunk(id, taken, unwanted_key(row, cost), lane);
  contest_of_others[lane] = first_of_others(id, chunk, lane);
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      if (before(contest[lane + half], contest[lane])) { contest[lane] = contest[lane + half]; }
      if (before(contest_of_others[lane + half], contest_of_others[lane])) { contest_of_others[lane] = contest_of_others[lane + half]; }
    }
  }
  if (lane == 0u) {
    let next = contest[0];
    var first = contest_of_others[0];
    if (before(next, first)) { first = next; }
    best[id * params.chunks + chunk] = next;
    row_word[id] = first;
    row_cost[id] = cost_after(row, cost, first);
  }
  storageBarrier();
  workgroupBarrier();
}

// Finished ones leave, the others are the next step's hypotheses, in the order in which they were taken.
fn settle(count: u32) {
  var live = 0u;
  let step = control[3];
  for (var i = 0u; i < count; i++) {
    if (taken_word[i] == 0u) {
      let at = FINISHED + 3u * control[1];
      control[at] = bitcast<u32>(taken_cost[i]);
      control[at + 1u] = step;
      control[at + 2u] = taken_row[i];
      if (control[1] == 0u || taken_cost[i] < bitcast<f32>(control[2])) { control[2] = control[at]; }
      control[1] += 1u;
    } else {
      tokens[live] = i32(taken_word[i]);
      parents[live] = taken_row[i];
      costs[live] = taken_cost[i];
      history[step * params.width + live] = taken_word[i] * 256u + taken_row[i];
      live += 1u;
    }
  }
  control[3] = step + 1u;
  control[4] = live;
  control[0] = select(live, 0u, step + 1u == params.maxlen);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  if (lane == 0u) { wanted = params.width - control[1]; }
  for (var row = lane; row < params.live; row += WORKGROUP) {
    row_word[row] = first_word(row);
    row_cost[row] = cost_after(rows[row], costs[row], row_word[row]);
  }
  workgroupBarrier();
  let most = workgroupUniformLoad(&wanted);
  var count = 0u;
  for (var i = 0u; i < most; i++) {
    let first = first_row(lane);
    // No row has a word left.
    if (first.key == -EXHAUSTED) { break; }
    let word = row_word[first.id];
    if (lane == 0u) {
      taken_row[i] = first.id;
      taken_word[i] = word.id;
      taken_cost[i] = row_cost[first.id];
    }
    count = i + 1u;
    advance(first.id, word, lane);
  }
  if (lane == 0u) { settle(count); }
}
