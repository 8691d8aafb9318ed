// sample: draws one word for each row of logits, by the Gumbel-max rule: argmax of logit / temperature + noise; with
// temperature 0 the likeliest word. Adds the word's cost (-log of its probability, at temperature 1) to the row's total.
// Layouts: logits [rows, words]; tokens [rows], totals [rows, 2] = cost, sum of chosen probabilities; history [maxlen, rows];
// control: 0 rows (0 ends the loop), 1 rows still going, 5 seed, 6 temperature (bits), from 8 on each row's length.
// Equal values: the earlier word. One workgroup a row; the last row to end stops the loop.

const WORKGROUP: u32 = 64u;
const NONE: u32 = 0xffffffffu;
const UNKNOWN: u32 = 1u;
const LENGTHS: u32 = 8u;

struct Params {
  rows: u32,
  words: u32,
  maxlen: u32,
  use_unknown: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> tokens: array<i32>;
@group(0) @binding(3) var<storage, read_write> totals: array<f32>;
@group(0) @binding(4) var<storage, read_write> history: array<u32>;
@group(0) @binding(5) var<storage, read_write> control: array<atomic<u32>>;

var<workgroup> parts: array<f32, WORKGROUP>;
var<workgroup> choices: array<u32, WORKGROUP>;

// The hash of lib/core/random.ts.
fn hash(index: u32, seed: u32) -> u32 {
  var x = index * 747796405u + seed * 2891336453u;
  x ^= x >> 16u;
  x *= 0x7feb352du;
  x ^= x >> 15u;
  x *= 0x846ca68bu;
  return x ^ (x >> 16u);
}

// Gumbel noise: -log of an exponential number, that of a uniform one in (0, 1). The largest noises, which decide, come from
// small u, where -log(1 - u) is a series: a driver's log may be off by more than its result there.
fn noise(word: u32, seed: u32) -> f32 {
  let u = (f32(hash(word, seed) >> 9u) + 0.5) / 8388608.0;
  return -log(select(-log(1.0 - u), u + u * u * (0.5 + u / 3.0), u < 0.01));
}

fn value(logit: f32, word: u32, temperature: f32, seed: u32) -> f32 {
  if (word == UNKNOWN && params.use_unknown == 0u) { return -3e38; }
  if (temperature == 0.0) { return logit; }
  return logit / temperature + noise(word, seed);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let start = row * params.words;
  let step = atomicLoad(&control[LENGTHS + row]);
  let seed = hash(row, hash(step, atomicLoad(&control[5])));
  let temperature = bitcast<f32>(atomicLoad(&control[6]));
  var top = -3e38;
  var best = -3.2e38;
  var choice = NONE;
  for (var w = lane; w < params.words; w += WORKGROUP) {
    top = max(top, logits[start + w]);
    let v = value(logits[start + w], w, temperature, seed);
    if (v > best) {
      best = v;
      choice = w;
    }
  }
  parts[lane] = top;
  workgroupBarrier();
  for (var i = 0u; i < WORKGROUP; i++) { top = max(top, parts[i]); }
  workgroupBarrier();
  var sum = 0.0;
  for (var w = lane; w < params.words; w += WORKGROUP) { sum += exp(max(logits[start + w] - top, -110.0)); }
  parts[lane] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < WORKGROUP; i++) { sum += parts[i]; }
  workgroupBarrier();
  parts[lane] = best;
  choices[lane] = choice;
  workgroupBarrier();
  if (lane != 0u || tokens[row] == 0) { return; }
  for (var i = 1u; i < WORKGROUP; i++) {
    if (parts[i] > best || (parts[i] == best && choices[i] < choice)) {
      best = parts[i];
      choice = choices[i];
    }
  }
  let cost = (top - logits[start + choice]) + log(sum);
  tokens[row] = i32(choice);
  totals[2u * row] += cost;
  totals[2u * row + 1u] += exp(-min(cost, 110.0));
  history[step * params.rows + row] = choice;
  atomicStore(&control[LENGTHS + row], step + 1u);
  if (choice != 0u && step + 1u < params.maxlen) { return; }
  tokens[row] = 0;
  // A row's end; the last one to go stops the loop.
  if (atomicSub(&control[1], 1u) == 1u) { atomicStore(&control[0], 0u); }
}
