// One dataset: what its header says, and its elements as an array, wherever they lie.

import type { ByteSource } from '../../../lib/core/bytes.ts'
import { elementsOf } from '../../../lib/io/manifest.ts'
import { bytesSource, part } from '../byte-sources.ts'
import { type SourceArray, sourceArray } from '../source-array.ts'
import { assembleChunks } from './chunks.ts'
import { readDataspace, readDatatype } from './datatype.ts'
import { type Filter, readFilters } from './filters.ts'
import { type Layout, readLayout } from './layout.ts'
import type { Cursor, Metadata } from './metadata.ts'
import { MESSAGE, type Message, messageOf } from './object-header.ts'

/** A dataset of numbers. */
export interface Dataset {
  readonly shape: readonly number[]
  /** numpy's code: "<f4" */
  readonly dtype: string
  /** Bytes of an element. */
  readonly width: number
  readonly layout: Layout
  readonly filters: readonly Filter[]
  /** Where the header speaks of other files that hold the elements. */
  readonly elsewhere: Cursor | undefined
}

/** From the messages of a header; undefined where they are of no dataset of numbers. */
export function readDataset(messages: readonly Message[]): Dataset | undefined {
  const [type, space, layout] = [MESSAGE.datatype, MESSAGE.dataspace, MESSAGE.layout].map(kind =>
    messageOf(messages, kind),
  )
  if (type === undefined || space === undefined || layout === undefined) return undefined
  const element = readDatatype(type)
  if (element.kind !== 'number') return undefined
  const filters = messageOf(messages, MESSAGE.filters)
  return {
    shape: readDataspace(space),
    dtype: element.code,
    width: element.size,
    layout: readLayout(layout),
    filters: filters === undefined ? [] : readFilters(filters),
    elsewhere: messageOf(messages, MESSAGE.externalFiles),
  }
}

/** Its elements, checked. @throws FileError where they are not all there. */
export async function openDataset(file: Metadata, name: string, dataset: Dataset): Promise<SourceArray> {
  const { shape, dtype } = dataset
  if (dataset.elsewhere !== undefined)
    throw dataset.elsewhere.error(`the numbers of ${name} are in other files; write it into one`)
  const bytes = await elements(file, name, dataset)
  try {
    return sourceArray({ name, dtype, shape, fortran: false, bytes })
  } catch (error) {
    await bytes.close()
    throw error
  }
}

async function elements(file: Metadata, name: string, dataset: Dataset): Promise<ByteSource> {
  const { layout, shape, width, filters } = dataset
  const { source } = file
  const need = elementsOf(shape) * width
  if (need === 0) return bytesSource(source.name, new Uint8Array())
  if (layout.kind === 'compact') return bytesSource(source.name, layout.bytes)
  if (layout.kind === 'chunked') return assembleChunks(file, { layout, shape, width, filters, name })
  if (layout.address === undefined) throw file.error(`the numbers of ${name} were never written`, source.size)
  return part(source, layout.address, layout.size ?? need)
}
