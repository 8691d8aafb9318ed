// What the original trainers gave (test/golden/training), and how to hold a trainer to it. One vector P has all parameters in the order
// and at the offsets of info.json's layout.

import { readFileSync } from 'node:fs'
import ndarray, { type NdArray } from 'ndarray'
import * as assert from 'uvu/assert'
import { decodeNpy } from '../../lib/io/npy.ts'
import type { Batches, NamedArrays, TrainerKind, TrainerOptions } from '../../lib/train/types.ts'

const folder = new URL('../golden/training/', import.meta.url)
const read = (file: string): Buffer => readFileSync(new URL(file, folder))
const json = <T>(file: string): T => JSON.parse(read(file).toString()) as T

interface Limits {
  readonly atol: number
  readonly rtol?: number
}
const tolerances = json<Record<string, Limits & Readonly<Record<string, Limits>>>>('tolerances.json')

interface RecordedBatch {
  readonly rows: readonly number[]
  readonly [name: string]: readonly (readonly number[])[] | readonly number[]
}

interface Info {
  readonly options: Readonly<Record<string, TrainerOptions>>
  readonly layout: readonly { readonly name: string; readonly offset: number; readonly shape: readonly number[] }[]
  readonly snapshots_after_updates: readonly number[]
  readonly batches: readonly RecordedBatch[]
  readonly update_batches: readonly number[]
  readonly curve: {
    readonly batches: readonly (readonly number[])[]
    readonly configuration: string
    readonly starts_from: string
  }
}

interface Corpus {
  readonly sentences: readonly string[]
  readonly dictionary: readonly (readonly [string, number])[]
  readonly n_words?: number
}

export const SETS = ['decoding/plain', 'decoding/doutput', 'training', 'vse/gru', 'vse/bow'] as const
export type RecordedSet = (typeof SETS)[number]

const KINDS: Readonly<Record<string, TrainerKind>> = {
  decoding: 'decoder',
  training: 'skip-thoughts',
  vse: 'embedding',
}

/** A batch of whichever kind the set is of. */
type AnyBatch = Batches['decoder'] & Batches['skip-thoughts'] & Batches['embedding']

export class Recorded {
  readonly info: Info
  readonly kind: TrainerKind
  readonly set: RecordedSet
  #corpus: Corpus
  #floats: NdArray | undefined

  constructor(set: RecordedSet) {
    const [top = ''] = set.split('/')
    this.set = set
    this.info = json<Info>(`${set}/info.json`)
    this.kind = KINDS[top] ?? 'decoder'
    this.#corpus = json<Corpus>(`${top}/corpus.json`)
    const file = { decoder: 'decoding/contexts.npy', embedding: 'vse/train_features.npy', 'skip-thoughts': undefined }[
      this.kind
    ]
    this.#floats = file === undefined ? undefined : (decodeNpy(read(file), file) as NdArray)
  }

  options(configuration: string): TrainerOptions {
    return this.info.options[configuration] ?? {}
  }

  /** An array of the set. */
  array(name: string): NdArray {
    return decodeNpy(read(`${this.set}/${name}.npy`), name) as NdArray
  }

  numbers(name: string): number[] {
    return Array.from(this.array(name).data as Float64Array, Number)
  }

  /** Parameters from a vector P. */
  parameters(vector: ArrayLike<number>): NamedArrays {
    return Object.fromEntries(
      this.info.layout.map(({ name, offset, shape }) => {
        const size = shape.reduce((n, d) => n * d, 1)
        return [
          name,
          ndarray(
            Float32Array.from({ length: size }, (_, i) => vector[offset + i] ?? 0),
            [...shape],
          ),
        ]
      }),
    )
  }

  /** One of the recorded batches. */
  batch(index: number): AnyBatch {
    const recorded = this.info.batches[index]
    if (recorded === undefined) throw new Error(`no batch ${index}`)
    const arrays = Object.entries(recorded).flatMap(([name, values]) =>
      name === 'rows' ? [] : [[camel(name), matrix(values as number[][])] as const],
    )
    return { ...Object.fromEntries(arrays), ...this.#floatsOf(recorded.rows) } as unknown as AnyBatch
  }

  /** A batch of rows of the corpus, made as the original makes them. */
  corpusBatch(rows: readonly number[], nWords: number): AnyBatch {
    const parts: Readonly<Record<string, number>> = this.kind === 'skip-thoughts' ? { x: 1, y: 2, z: 0 } : { x: 0 }
    const batch: Record<string, NdArray> = {}
    for (const [part, shift] of Object.entries(parts)) {
      const { ids, mask } = this.#prepare(
        rows.map(row => this.#corpus.sentences[row + shift] ?? ''),
        nWords,
      )
      batch[part] = ids
      batch[this.kind === 'skip-thoughts' ? `${part}Mask` : 'mask'] = mask
    }
    return { ...batch, ...this.#floatsOf(rows) } as unknown as AnyBatch
  }

  #prepare(sentences: readonly string[], nWords: number) {
    const dictionary = new Map(this.#corpus.dictionary)
    const words = sentences.map(sentence => sentence.split(/\s+/).map(word => dictionary.get(word) ?? Number.NaN))
    const positions = Math.max(...words.map(({ length }) => length)) + 1
    const shape = [positions, sentences.length]
    const ids = ndarray(new Int32Array(positions * sentences.length), shape)
    const mask = ndarray(new Float32Array(positions * sentences.length), shape)
    for (const [column, list] of words.entries())
      for (let i = 0; i <= list.length; i++) {
        const id = list[i] ?? 0
        ids.set(i, column, id < nWords ? id : 1)
        mask.set(i, column, 1)
      }
    return { ids, mask }
  }

  #floatsOf(rows: readonly number[]): Record<string, NdArray> {
    const all = this.#floats
    if (all === undefined) return {}
    const [, width = 0] = all.shape
    const data = new Float32Array(rows.length * width)
    // Five captions a picture.
    const source = this.kind === 'embedding' ? rows.map(row => Math.floor(row / 5)) : rows
    for (const [i, row] of source.entries())
      for (let j = 0; j < width; j++) data[i * width + j] = Number(all.get(row, j))
    return { [this.kind === 'embedding' ? 'im' : 'ctx']: ndarray(data, [rows.length, width]) }
  }

  /** Holds numbers to a recorded list from element `first` on. */
  assertNumbers(actual: readonly number[], name: string, first = 0): void {
    const expected = this.numbers(name)
    const { atol = 0, rtol = 0 } = tolerances[`${this.set}/${name}.npy`] ?? {}
    for (const [i, value] of actual.entries()) {
      const wanted = expected[first + i] ?? Number.NaN
      const limit = atol + rtol * Math.abs(wanted)
      if (!(Math.abs(value - wanted) <= limit))
        assert.unreachable(`${this.set} ${name}[${first + i}] is ${value}, expected ${wanted} ± ${limit}`)
    }
  }

  /** Holds arrays by name to row `row` of a recorded array whose last axis is P. */
  assertArrays(actual: NamedArrays, name: string, row: number): void {
    const expected = this.numbers(name)
    const total = this.info.layout.reduce((n, { shape }) => n + shape.reduce((a, d) => a * d, 1), 0)
    const limits = tolerances[`${this.set}/${name}.npy`]
    for (const { name: parameter, offset, shape } of this.info.layout) {
      const array = actual[parameter]
      assert.equal(array?.shape, shape, `${this.set} ${name}: shape of ${parameter}`)
      const atol = limits?.[parameter]?.atol ?? 0
      for (const [i, value] of array?.data.entries() ?? []) {
        const wanted = expected[row * total + offset + i] ?? Number.NaN
        if (!(Math.abs(value - wanted) <= atol))
          assert.unreachable(`${this.set} ${name}[${row}] ${parameter}[${i}] is ${value}, expected ${wanted} ± ${atol}`)
      }
    }
  }
}

const camel = (name: string): string => name.replace(/_(\w)/, (_, letter: string) => letter.toUpperCase())

function matrix(rows: readonly (readonly number[])[]): NdArray {
  const [columns = []] = rows
  return ndarray(Float32Array.from(rows.flat()), [rows.length, columns.length])
}
