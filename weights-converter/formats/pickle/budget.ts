// What a pickle may make, by the size of its file: half a million strings and containers, and one more for each so many bytes.
// A million words are two million in 36 MB, a million rows of a table six million in 2 GB; what a small file makes stays small.

import type { PyValue } from './values.ts'

const FREE_OBJECTS = 500_000
const BYTES_PER_OBJECT = 16
const MOST_OBJECTS = 12_000_000

export class Budget {
  readonly #most: number
  #spent = 0

  /** `size`: bytes of the file. */
  constructor(size: number) {
    this.#most = Math.min(MOST_OBJECTS, FREE_OBJECTS + Math.floor(size / BYTES_PER_OBJECT))
  }

  /** Counts a value that is put on the stack; a number is half of one. @throws RangeError */
  spend(value: PyValue): void {
    this.#spent += typeof value === 'object' ? 1 : 0.5
    if (this.#spent > this.#most) throw new RangeError(`more than ${this.#most} strings and containers`)
  }
}
