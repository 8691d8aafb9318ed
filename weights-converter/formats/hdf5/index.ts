// HDF5 files: datasets of numbers by their paths, with the attributes that Keras writes. Only heads are read when a file is opened;
// numbers stay in it. No link is followed out of the file. Source: HDF5 File Format Specification 3.0.

import type { ByteSource } from '../../../lib/core/bytes.ts'
import { FileError } from '../../../lib/core/errors.ts'
import type { SourceArray } from '../source-array.ts'
import { type AttributeValue, readAttributes } from './attributes.ts'
import { type Dataset, openDataset, readDataset } from './dataset.ts'
import { readLinks } from './groups.ts'
import type { Metadata } from './metadata.ts'
import { readObjectHeader } from './object-header.ts'
import { readSuperblock } from './superblock.ts'

export { isHdf5 } from './superblock.ts'

/** Attributes of groups and datasets by path; the root's is "". */
export type Attributes = ReadonlyMap<string, ReadonlyMap<string, AttributeValue>>

export interface Hdf5File {
  /** Paths of the datasets of numbers, "block1_conv1/kernel:0"; others are passed over. */
  readonly names: readonly string[]
  readonly attributes: Attributes
  /** @throws FileError where it is damaged or absent. */
  array(name: string): Promise<SourceArray>
  close(): Promise<void>
}

/** Reads the heads of a file. @throws FileError where it is damaged, or built in a way that weight files are not. */
export async function openHdf5(source: ByteSource): Promise<Hdf5File> {
  const { file, root } = await readSuperblock(source)
  const tree = new Tree(file)
  await tree.visit(root, '', new Set())
  const arrays = new Map<string, Promise<SourceArray>>()
  const open = (name: string): Promise<SourceArray> => {
    const dataset = tree.datasets.get(name)
    if (dataset !== undefined) return openDataset(file, name, dataset)
    throw new FileError(`has no dataset ${name}`, { file: source.name, cure: 'give another file' })
  }
  return {
    names: [...tree.datasets.keys()],
    attributes: tree.attributes,
    async array(name) {
      const array = arrays.get(name) ?? open(name)
      arrays.set(name, array)
      return array
    },
    async close() {
      for (const opened of await Promise.allSettled(arrays.values()))
        if (opened.status === 'fulfilled') await opened.value.bytes.close()
    },
  }
}

const MOST_OBJECTS = 5000
const DEEPEST = 32

/** The objects of a file, found from its root. */
class Tree {
  readonly datasets = new Map<string, Dataset>()
  readonly attributes = new Map<string, ReadonlyMap<string, AttributeValue>>()
  readonly #file: Metadata
  #objects = 0

  constructor(file: Metadata) {
    this.#file = file
  }

  /** Looks at an object and all below it; `above` are the addresses of the groups that it lies in. */
  async visit(address: number, path: string, above: ReadonlySet<number>): Promise<void> {
    const refuse = (problem: string) => this.#file.error(problem, address)
    if (++this.#objects > MOST_OBJECTS) throw refuse(`more than ${MOST_OBJECTS} objects`)
    if (above.has(address)) throw refuse(`the group ${path} lies inside itself`)
    if (above.size > DEEPEST) throw refuse(`groups more than ${DEEPEST} deep`)
    const messages = await readObjectHeader(this.#file, address)
    const attributes = await readAttributes(this.#file, messages)
    if (attributes.size > 0) this.attributes.set(path, attributes)
    const links = await readLinks(this.#file, messages)
    if (links === undefined) {
      const dataset = readDataset(messages)
      if (dataset !== undefined) this.datasets.set(path, dataset)
      return
    }
    const within = new Set([...above, address])
    for (const link of links) await this.visit(link.address, path === '' ? link.name : `${path}/${link.name}`, within)
  }
}
