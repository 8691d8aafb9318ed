// embedding-rows.chains: links the positions of each id: heads[id] is its first position, links[position] the next one with the same
// id, both plus 1, 0 where there is none. Negative ids are left out. `heads` is zeros before. One thread: positions are few, and
// every adapter finds them in the same order.

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> heads: array<u32>;
@group(0) @binding(3) var<storage, read_write> links: array<u32>;

@compute @workgroup_size(1)
fn main() {
  for (var left = params.count; left > 0u; left--) {
    let id = ids[left - 1u];
    if (id < 0) { continue; }
    links[left - 1u] = heads[id];
    heads[id] = left;
  }
}
