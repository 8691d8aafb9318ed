// repeat-next: ends a step of a loop whose row count lives on the device. Copies the row of `table` that belongs to the
// count into the uniform parameters and the indirect workgroup counts of every dispatch of the loop's body.
// Layouts: table [max + 1, words + groups] (words of all parameters, then of all workgroup counts), control[0] = count.

const WORKGROUP: u32 = 64u;

struct Params {
  words: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> control: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read_write> parameters: array<u32>;
@group(0) @binding(4) var<storage, read_write> workgroups: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  let row = control[0] * (params.words + params.groups);
  for (var i = lane; i < params.words; i += WORKGROUP) { parameters[i] = table[row + i]; }
  for (var i = lane; i < params.groups; i += WORKGROUP) { workgroups[i] = table[row + params.words + i]; }
}
