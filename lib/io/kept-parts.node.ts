// Results of a long computation, each part in a file of its own as soon as it is there: whoever is interrupted, or killed, goes on
// from the last one. Invariant: a part is in the folder whole or not at all.

import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError } from '../core/errors.ts'
import { writeWhole } from './folder.node.ts'

export class KeptParts {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** @throws FileError where `folder` can be neither found nor made: before anything is computed in vain. */
  static async open(folder: string): Promise<KeptParts> {
    await mkdir(folder, { recursive: true }).catch(cause => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new FileError(
        `cannot be written (${reason})`,
        { file: folder, cure: 'choose a place with room that you may write to' },
        { cause },
      )
    })
    return new KeptParts(folder)
  }

  /** The part of that number, of `length` numbers: kept from before, or made and kept. */
  async part(number: number, length: number, make: () => Promise<Float32Array>): Promise<Float32Array> {
    const file = join(this.#folder, `${number}.f32`)
    const bytes = await readFile(file).catch(() => undefined)
    if (bytes?.length === 4 * length) return new Float32Array(new Uint8Array(bytes).buffer)
    const made = await make()
    await writeWhole(file, new Uint8Array(made.buffer, made.byteOffset, made.byteLength))
    return made
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}
