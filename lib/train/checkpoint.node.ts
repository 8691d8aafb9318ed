// Checkpoints: NAME.npz and NAME.npz.pkl, which the original programs load, and NAME.npz.state with all that is needed to go on as if
// nothing had happened. A save writes the three beside the old ones, under names of their own, and makes them last; then one rename
// puts the new state in place, and that is the moment when the new set counts: a state names the SHA-256 of the two files that it
// belongs to. Only then do they get their names. Whatever stops a save, one whole set is there: the old one until the switch, the new
// one after it; opening a checkpoint ends a save that was stopped in between.

import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import ndarray from 'ndarray'
import { type NamedArrays as NpzArrays, writeNpz } from '../../weights-converter/formats/npz-writer.ts'
import type { PyValue } from '../../weights-converter/formats/pickle/values.ts'
import { type Picklable, writePickle } from '../../weights-converter/formats/pickle/writer.ts'
import { FileError } from '../core/errors.ts'
import { openFile } from '../io/bytes.node.ts'
import { readArrays, readPickledDict, sha256Of, syncFolder, writeSynced } from './checkpoint-files.node.ts'
import { type Progress, parseProgress, type StoredProgress } from './progress.ts'
import type { Moments, NamedArrays } from './types.ts'

/** What a checkpoint is made of. */
export interface CheckpointParts {
  readonly parameters: NamedArrays
  /** By the original's names. */
  readonly options: { readonly [name: string]: Picklable }
  readonly moments: Moments
  readonly progress: Progress
}

export interface OpenedCheckpoint {
  readonly parameters: NamedArrays
  /** As Python wrote them. */
  readonly options: ReadonlyMap<string, PyValue>
  /** Absent for a checkpoint of the original's: it has no moments. */
  readonly resumable?: { readonly moments: Moments; readonly progress: Progress }
}

/** The files of a checkpoint, and what each is called until its set counts. */
const filesOf = (npz: string) => ({ npz, options: `${npz}.pkl`, state: `${npz}.state` })
const next = (file: string): string => `${file}.next`

/** The checkpoint NAME.npz of one training. */
export class Checkpoint {
  readonly npz: string
  #belongs: StoredProgress['belongs'] | undefined

  constructor(npz: string) {
    this.npz = npz
  }

  /**
   * Writes the three files, whole or not at all. `extra` arrays are there for the original's sake alone.
   * @throws FileError where they cannot be written; what was there is still there.
   */
  async save({ parameters, options, moments, progress }: CheckpointParts, extra: NpzArrays = []): Promise<void> {
    const files = filesOf(this.npz)
    const belongs = await this.#prepared(async () => {
      const npz = await writeSynced(next(this.npz), to => writeNpz([...extra, ...Object.entries(parameters)], to))
      const pickled = await writeSynced(next(files.options), to => to(writePickle(options)))
      const belongs = { npz, options: pickled }
      await writeSynced(next(files.state), to => writeNpz(stateArrays({ ...progress, belongs }, { moments }), to))
      return belongs
    })
    await this.#switch([files.npz, files.options])
    this.#belongs = belongs
  }

  /** Writes the state alone, with the parameters in it: NAME.npz stays what it is, the best so far. Until there is one, all three. */
  async saveState(parts: CheckpointParts, extra: NpzArrays = []): Promise<void> {
    if (this.#belongs === undefined) return this.save(parts, extra)
    const state = stateArrays({ ...parts.progress, belongs: this.#belongs }, parts)
    await this.#prepared(() => writeSynced(next(filesOf(this.npz).state), to => writeNpz(state, to)))
    await this.#switch([])
  }

  /**
   * The newest whole checkpoint.
   * @throws FileError where there is none, or where the files beside the state are not those that it belongs to.
   */
  async open(): Promise<OpenedCheckpoint> {
    const { state, options } = filesOf(this.npz)
    if (!existsSync(state)) return { parameters: await weightsOf(this.npz), options: await readPickledDict(options) }
    const { parameters, ...resumable } = await readState(state)
    this.#belongs = resumable.progress.belongs
    await this.#settle(state, this.#belongs)
    return {
      parameters: parameters ?? (await weightsOf(this.npz)),
      options: await readPickledDict(options),
      resumable,
    }
  }

  async #prepared<T>(write: () => Promise<T>): Promise<T> {
    try {
      await mkdir(dirname(this.npz), { recursive: true })
      const written = await write()
      await syncFolder(this.npz)
      return written
    } catch (cause) {
      for (const file of Object.values(filesOf(this.npz))) await rm(next(file), { force: true }).catch(() => undefined)
      throw this.#unwritten(cause)
    }
  }

  /** From the first rename on the new set counts: it must last before the old files give way. */
  async #switch(others: readonly string[]): Promise<void> {
    try {
      const { state } = filesOf(this.npz)
      await rename(next(state), state)
      await syncFolder(this.npz)
      for (const file of others) await rename(next(file), file)
    } catch (cause) {
      throw this.#unwritten(cause)
    }
  }

  #unwritten(cause: unknown): FileError {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const cure = 'make room there, or choose another --out; the checkpoint before is whole'
    return new FileError(`the checkpoint can't be written (${reason})`, { file: this.npz, cure }, { cause })
  }

  /** Gives the files that the state belongs to their names, and removes what a stopped save left behind. */
  async #settle(state: string, belongs: StoredProgress['belongs']): Promise<void> {
    const files = filesOf(this.npz)
    for (const name of ['npz', 'options'] as const) {
      const [file, wanted] = [files[name], belongs[name]]
      if ((await sha256Of(next(file))) === wanted) await rename(next(file), file)
      else if ((await sha256Of(file)) !== wanted)
        throw new FileError(`is not the file that ${state} belongs to`, {
          file,
          cure: `put the right one back, or remove ${state} to go on from the weights alone`,
        })
    }
    for (const file of Object.values(files)) await rm(next(file), { force: true })
  }
}

async function weightsOf(npz: string): Promise<NamedArrays> {
  const source = await openFile(npz)
  try {
    const { history_errs: _none, ...parameters } = await readArrays(source)
    return parameters
  } finally {
    await source.close()
  }
}

const JSON_ARRAY = 'progress'

/** The state as arrays: moments and parameters by name, and the progress as the bytes of its JSON. */
function* stateArrays(progress: StoredProgress, arrays: { moments: Moments; parameters?: NamedArrays }): NpzArrays {
  const bytes = new TextEncoder().encode(JSON.stringify(progress))
  yield [JSON_ARRAY, ndarray(bytes, [bytes.length])]
  const { m, v } = arrays.moments
  for (const [prefix, named] of Object.entries({ m, v, p: arrays.parameters ?? {} }))
    for (const [name, array] of Object.entries(named)) yield [`${prefix}/${name}`, array]
}

async function readState(
  file: string,
): Promise<{ moments: Moments; progress: StoredProgress; parameters?: NamedArrays }> {
  const source = await openFile(file)
  try {
    const { [JSON_ARRAY]: json, ...arrays } = await readArrays(source)
    const progress = parseProgress(new TextDecoder().decode(Uint8Array.from(json?.data ?? [])), file)
    const of = (prefix: string): NamedArrays =>
      Object.fromEntries(
        Object.entries(arrays).flatMap(([name, array]) =>
          name.startsWith(prefix) ? [[name.slice(prefix.length), array]] : [],
        ),
      )
    const parameters = of('p/')
    const moments = { m: of('m/'), v: of('v/'), step: progress.step }
    return { moments, progress, ...(Object.keys(parameters).length > 0 && { parameters }) }
  } finally {
    await source.close()
  }
}
