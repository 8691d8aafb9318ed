// beam search, second pass of a step: takes the (width - finished) cheapest continuations of all live hypotheses, cheapest
// first; those that end with word 0 leave with their cost, the others are the next step's hypotheses.
// Cost of word w after row r: costs[r] + (max - logit) + log-sum. Exceptions: the unwanted unknown word costs 1e20 whatever came
// before, as in the original; below the row's bound, or after an infinite cost, the cost is INFINITE. Of equal costs: the earlier row;
// then the larger logit (the unwanted word last of the possible ones); then the earlier word.
// Layouts: logits [live, words]; rows [live, 3] = max, log-sum, bound (logits below it have probability 0); best [live, chunks]: the
// first word left in chunk c = words c, c + chunks, …; tokens, parents, costs [width], changed in place;
// history [maxlen, width] = word · 256 + parent row;
// control: 0 live (0 ends the loop, at maxlen too), 1 finished, 2 best finished cost (bits), 3 steps, 4 hypotheses that live on at the
// end, then from 8 on (cost bits, step, row) of
// each finished hypothesis. One workgroup in all.

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

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> rows: array<f32>;
@group(0) @binding(3) var<storage, read_write> best: array<u32>;
@group(0) @binding(4) var<storage, read_write> tokens: array<i32>;
@group(0) @binding(5) var<storage, read_write> parents: array<u32>;
@group(0) @binding(6) var<storage, read_write> costs: array<f32>;
@group(0) @binding(7) var<storage, read_write> history: array<u32>;
@group(0) @binding(8) var<storage, read_write> control: array<u32>;

// The best continuation of each live row.
var<workgroup> row_word: array<u32, MAX_WIDTH>;
var<workgroup> row_cost: array<f32, MAX_WIDTH>;
// The continuations taken so far.
var<workgroup> taken_row: array<u32, MAX_WIDTH>;
var<workgroup> taken_word: array<u32, MAX_WIDTH>;
var<workgroup> taken_cost: array<f32, MAX_WIDTH>;
var<workgroup> contest: array<u32, WORKGROUP>;
var<workgroup> wanted: u32;

fn unwanted(word: u32) -> bool {
  return word == UNKNOWN && params.use_unknown == 0u;
}

// What a row's words are ordered by. The unwanted word stands at the bound; after an infinite cost its 1e20 is the cheapest, so first.
fn key(row: u32, word: u32) -> f32 {
  if (unwanted(word)) { return select(rows[3u * row + 2u], INFINITE, costs[row] >= INFINITE); }
  return logits[row * params.words + word];
}

// Whether word a comes before word b of one row.
fn word_before(row: u32, a: u32, b: u32) -> bool {
  if (a == NONE) { return false; }
  if (b == NONE) { return true; }
  let x = key(row, a);
  let y = key(row, b);
  return x > y || (x == y && a < b);
}

fn cost_of(row: u32, word: u32) -> f32 {
  if (word == NONE) { return EXHAUSTED; }
  if (unwanted(word)) { return UNWANTED; }
  let logit = logits[row * params.words + word];
  if (logit < rows[3u * row + 2u] || costs[row] >= INFINITE) { return INFINITE; }
  return min(INFINITE, costs[row] + ((rows[3u * row] - logit) + rows[3u * row + 1u]));
}

// Whether row a's best continuation comes before row b's.
fn row_before(a: u32, b: u32) -> bool {
  if (a == NONE) { return false; }
  if (b == NONE) { return true; }
  return row_cost[a] < row_cost[b] || (row_cost[a] == row_cost[b] && a < b);
}

// The first of one candidate word of `row` a thread, known to all threads.
fn first_word(row: u32, lane: u32, candidate: u32) -> u32 {
  contest[lane] = candidate;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half && word_before(row, contest[lane + half], contest[lane])) { contest[lane] = contest[lane + half]; }
  }
  let first = workgroupUniformLoad(&contest[0]);
  return first;
}

fn first_row(lane: u32) -> u32 {
  var candidate = NONE;
  for (var row = lane; row < params.live; row += WORKGROUP) {
    if (row_before(row, candidate)) { candidate = row; }
  }
  contest[lane] = candidate;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half && row_before(contest[lane + half], contest[lane])) { contest[lane] = contest[lane + half]; }
  }
  let first = workgroupUniformLoad(&contest[0]);
  return first;
}

// Takes `word` out of its chunk and finds the row's best among what is left.
fn advance(row: u32, word: u32, lane: u32) {
  let chunk = word % params.chunks;
  var candidate = NONE;
  for (var w = chunk + lane * params.chunks; w < params.words; w += WORKGROUP * params.chunks) {
    if (word_before(row, word, w) && word_before(row, w, candidate)) { candidate = w; }
  }
  let next = first_word(row, lane, candidate);
  candidate = NONE;
  for (var c = lane; c < params.chunks; c += WORKGROUP) {
    let w = select(best[row * params.chunks + c], next, c == chunk);
    if (word_before(row, w, candidate)) { candidate = w; }
  }
  let first = first_word(row, lane, candidate);
  if (lane == 0u) {
    best[row * params.chunks + chunk] = next;
    row_word[row] = first;
    row_cost[row] = cost_of(row, first);
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
    var word = NONE;
    for (var c = 0u; c < params.chunks; c++) {
      if (word_before(row, best[row * params.chunks + c], word)) { word = best[row * params.chunks + c]; }
    }
    // beam-search.rows knows no costs: it took the unknown word for dear.
    if (unwanted(UNKNOWN) && costs[row] >= INFINITE) { word = UNKNOWN; }
    row_word[row] = word;
    row_cost[row] = cost_of(row, word);
  }
  workgroupBarrier();
  let most = workgroupUniformLoad(&wanted);
  var count = 0u;
  for (var i = 0u; i < most; i++) {
    let row = first_row(lane);
    let word = workgroupUniformLoad(&row_word[row]);
    if (word == NONE) { break; }
    if (lane == 0u) {
      taken_row[i] = row;
      taken_word[i] = word;
      taken_cost[i] = row_cost[row];
    }
    count = i + 1u;
    advance(row, word, lane);
  }
  if (lane == 0u) { settle(count); }
}
