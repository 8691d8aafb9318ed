// What every net's map from original arrays to the bundle's tensors shares: finding arrays, checking sizes, packing a GRU.

import { FileError } from '../../lib/core/errors.ts'
import type { NetOptions } from '../../lib/io/manifest.ts'
import { floats, type Place, type SourceArray, transposed } from '../formats/source-array.ts'

/** A tensor of the bundle, with a way to read it that can be taken more than once. */
export interface NetTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** The axes by name. */
  readonly layout: string
  /** One is overwritten when the second after it is asked for. */
  parts(): AsyncIterable<Float32Array>
}

/** A net by its name in the manifest, with the options that stand there. */
export interface Net<Name extends keyof NetOptions> {
  readonly options: NonNullable<NetOptions[Name]>
  readonly tensors: readonly NetTensor[]
}

/** Where a net's arrays are found. */
export interface ArrayFile {
  readonly file: string
  readonly names: readonly string[]
  array(name: string): Promise<SourceArray>
}

/**
 * An array by its name. `shape` gives the sizes that are known; undefined ones may be anything.
 * @throws FileError where it is absent, damaged or of another shape.
 */
export async function find(
  { file, names, array }: ArrayFile,
  name: string,
  shape: readonly (number | undefined)[],
): Promise<SourceArray> {
  if (!names.includes(name))
    throw new FileError(`has no array ${name}; it has ${names.slice(0, 20).join(', ')}`, {
      file,
      cure: 'check that it is the file that was meant, and whole',
    })
  const found = await array(name)
  const fits = shape.every((d, i) => d === undefined || d === found.shape[i]) && found.shape.every(d => d > 0)
  if (found.shape.length === shape.length && fits) return found
  throw new FileError(
    `${name} is [${found.shape.join(', ')}], where [${shape.map(d => d ?? '?').join(', ')}] is needed`,
    { file, cure: 'take all files of a net from one and the same training' },
  )
}

export const asIs = (name: string, layout: string, array: SourceArray): NetTensor => ({
  name,
  shape: array.shape,
  layout,
  parts: () => floats(array, 'shared'),
})

/** An original's weight [in, out] as the bundle has it, [out, in]; `place` says which input a row of it becomes. */
export const turned = (name: string, array: SourceArray, place?: Place): NetTensor => ({
  name,
  shape: array.shape.toReversed(),
  layout: 'out, in',
  parts: () => transposed(array, place),
})

/** Vector `W` and `b` of an affine layer: `prefix`_W [in, out] and `prefix`_b [out]. */
export async function affine(
  file: ArrayFile,
  prefix: string,
  target: string,
  inputs: number | undefined,
  outputs: number | undefined,
): Promise<NetTensor[]> {
  const weight = await find(file, `${prefix}_W`, [inputs, outputs])
  const bias = await find(file, `${prefix}_b`, [weight.shape[1]])
  return [turned(`${target}.W`, weight), asIs(`${target}.b`, 'out', bias)]
}

export interface Gru {
  readonly dim: number
  readonly dimWord: number
  readonly tensors: readonly NetTensor[]
}

/**
 * A GRU: `prefix`_W [dimWord, 2·dim] and _Wx [dimWord, dim], _U [dim, 2·dim] and _Ux [dim, dim], _b and _bx.
 * The bundle has the gates one under the other, reset, update, candidate: W [3·dim, dimWord], U [3·dim, dim], b [3·dim].
 */
export async function gru(file: ArrayFile, prefix: string, target: string): Promise<Gru> {
  const get = (suffix: string, shape: readonly (number | undefined)[]) => find(file, `${prefix}_${suffix}`, shape)
  const candidate = await get('Wx', [undefined, undefined])
  const [dimWord = 0, dim = 0] = candidate.shape
  const gates = await get('W', [dimWord, 2 * dim])
  const [recurrent, recurrentX] = [await get('U', [dim, 2 * dim]), await get('Ux', [dim, dim])]
  const [bias, biasX] = [await get('b', [2 * dim]), await get('bx', [dim])]
  const tensor = (name: string, shape: readonly number[], layout: string, ...all: AsyncSource[]): NetTensor => ({
    name: `${target}.${name}`,
    shape,
    layout,
    parts: () => oneAfterTheOther(all),
  })
  return {
    dim,
    dimWord,
    tensors: [
      tensor(
        'W',
        [3 * dim, dimWord],
        'gate·out, in',
        () => transposed(gates),
        () => transposed(candidate),
      ),
      tensor(
        'b',
        [3 * dim],
        'gate·out',
        () => floats(bias),
        () => floats(biasX),
      ),
      tensor(
        'U',
        [3 * dim, dim],
        'gate·out, in',
        () => transposed(recurrent),
        () => transposed(recurrentX),
      ),
    ],
  }
}

type AsyncSource = () => AsyncIterable<Float32Array>

async function* oneAfterTheOther(sources: readonly AsyncSource[]): AsyncGenerator<Float32Array> {
  for (const source of sources) yield* source()
}
