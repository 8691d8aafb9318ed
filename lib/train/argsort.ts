// The order that numpy 1.16's argsort gives numbers: dictionaries number words by it, and it decides between equal counts. Up to
// 16 numbers it is stable; above, numpy's quicksort scrambles equal ones in a way that is a part of every original dictionary.

/** Parts of up to this many are sorted by insertion. */
const SMALL = 16

/** Positions of `values` in ascending order, ties as numpy 1.16 leaves them. Its switch to heap sort in degenerate lists is not followed. */
export function argsort(values: readonly number[]): number[] {
  const order = values.map((_, i) => i)
  const at = (i: number): number => values[order[i] ?? 0] ?? 0
  const swap = (i: number, j: number): void => {
    const [a, b] = [order[i] ?? 0, order[j] ?? 0]
    order[i] = b
    order[j] = a
  }
  /** Splits `first … last` around the median of three; gives the pivot's place. */
  const partition = (first: number, last: number): number => {
    const middle = first + ((last - first) >> 1)
    if (at(middle) < at(first)) swap(middle, first)
    if (at(last) < at(middle)) swap(last, middle)
    if (at(middle) < at(first)) swap(middle, first)
    const pivot = at(middle)
    let [up, down] = [first, last - 1]
    swap(middle, down)
    for (;;) {
      do up++
      while (at(up) < pivot)
      do down--
      while (pivot < at(down))
      if (up >= down) break
      swap(up, down)
    }
    swap(up, last - 1)
    return up
  }
  const waiting: [number, number][] = [[0, values.length - 1]]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    let [first, last] = part
    while (last - first + 1 > SMALL) {
      const place = partition(first, last)
      if (place - first < last - place) {
        waiting.push([place + 1, last])
        last = place - 1
      } else {
        waiting.push([first, place - 1])
        first = place + 1
      }
    }
    insertionSort(order, at, first, last)
  }
  return order
}

function insertionSort(order: number[], at: (i: number) => number, first: number, last: number): void {
  for (let i = first + 1; i <= last; i++)
    for (let j = i; j > first && at(j) < at(j - 1); j--) {
      const moved = order[j] ?? 0
      order[j] = order[j - 1] ?? 0
      order[j - 1] = moved
    }
}
