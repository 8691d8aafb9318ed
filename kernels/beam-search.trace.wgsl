// beam search, after the last step: writes every hypothesis in full, the finished ones in the order in which they finished,
// then the living ones in beam order. Layouts as in beam-search.select.wgsl;
// words [width, maxlen], lengths [width] (0 where there is no hypothesis), totals [width] costs. One thread a hypothesis.

const WORKGROUP: u32 = 64u;
const FINISHED: u32 = 8u;

struct Params {
  width: u32,
  maxlen: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> control: array<u32>;
@group(0) @binding(2) var<storage, read> costs: array<f32>;
@group(0) @binding(3) var<storage, read> history: array<u32>;
@group(0) @binding(4) var<storage, read_write> words: array<u32>;
@group(0) @binding(5) var<storage, read_write> lengths: array<u32>;
@group(0) @binding(6) var<storage, read_write> totals: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let hypothesis = id.x;
  if (hypothesis >= params.width) { return; }
  let finished = control[1];
  let start = hypothesis * params.maxlen;
  lengths[hypothesis] = 0u;
  totals[hypothesis] = 0.0;
  var row = 0u;
  var end = 0u; // words before the final 0
  if (hypothesis < finished) {
    let at = FINISHED + 3u * hypothesis;
    totals[hypothesis] = bitcast<f32>(control[at]);
    end = control[at + 1u];
    row = control[at + 2u];
    words[start + end] = 0u;
    lengths[hypothesis] = end + 1u;
  } else if (hypothesis < finished + control[4]) {
    row = hypothesis - finished;
    totals[hypothesis] = costs[row];
    end = control[3];
    lengths[hypothesis] = end;
  }
  for (var step = end; step > 0u; step--) {
    let link = history[(step - 1u) * params.width + row];
    words[start + step - 1u] = link / 256u;
    row = link % 256u;
  }
}
