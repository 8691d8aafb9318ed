// A bundle as everything after the converter sees it: the manifest, tensors by name, vocabularies, captions, styles.
// Reads nothing before it is asked for; works on any BundleFiles (disk, HTTP, blobs). Knows nothing of nets.

import type { ByteSource } from '../core/bytes.ts'
import { FileError, InputError } from '../core/errors.ts'
import type { BundleFiles } from './bundle-files.ts'
import { BundleTensor } from './bundle-tensor.ts'
import { MANIFEST_FILE, MANIFEST_LIMIT, type Manifest, parseManifest } from './manifest.ts'
import { readText } from './text-lines.ts'
import { readLines, readPunkt, readWordIds, readWordRows, type TrainedPunkt, wordsById } from './vocabularies.ts'
import { WordRows, type WordRowsOptions } from './word-rows.ts'

type VocabularyName = keyof Manifest['vocabularies']

/** Opens a bundle. @throws FileError where there is none, or its manifest is damaged or of another version. */
export async function openBundle(files: BundleFiles): Promise<Bundle> {
  const source = await files.open(MANIFEST_FILE)
  try {
    return new Bundle(files, parseManifest(await readText(source, MANIFEST_LIMIT), source.name))
  } finally {
    await source.close()
  }
}

export class Bundle {
  /** The folder as the user knows it. */
  readonly place: string
  readonly manifest: Manifest
  #files: BundleFiles
  #tensors = new Map<string, BundleTensor>()

  constructor(files: BundleFiles, manifest: Manifest) {
    this.place = files.place
    this.manifest = manifest
    this.#files = files
  }

  get name(): string {
    return this.manifest.name
  }
  get tensorNames(): string[] {
    return Object.keys(this.manifest.tensors)
  }
  has(name: string): boolean {
    return Object.hasOwn(this.manifest.tensors, name)
  }

  /** A tensor by its name. @throws FileError where the bundle has none of it. */
  tensor(name: string): BundleTensor {
    const known = this.#tensors.get(name)
    if (known) return known
    const entry = this.has(name) ? this.manifest.tensors[name] : undefined
    if (!entry) throw this.#lacks(`tensor ${name}`)
    const tensor = new BundleTensor(name, entry, this.#files)
    this.#tensors.set(name, tensor)
    return tensor
  }

  /** Word → row of the skip-thought tables; of equal words the last has the row. */
  skipThoughtsWords(): Promise<Map<string, number>> {
    return this.#vocabulary('skip-thoughts', (source, count) => readWordRows(source, count))
  }
  /** Word → id of the image-sentence embedding. */
  embeddingWords(): Promise<Map<string, number>> {
    return this.#vocabulary('embedding', (source, count) => readWordIds(source, count))
  }
  /** Id → word of the decoder; 0 and 1 are "<eos>" and "UNK". */
  decoderWords(): Promise<Map<number, string>> {
    return this.#vocabulary('decoder', async (source, count) => wordsById(await readWordIds(source, count)))
  }

  /** All captions, in the order of their embeddings' rows. */
  async captions(): Promise<string[]> {
    const { captions } = this.manifest
    if (!captions) throw this.#lacks('list of captions')
    return this.#open(captions.file, source => readLines(source, captions.count))
  }

  /** The trained sentence splitter, where the bundle was made with one. */
  async punkt(): Promise<TrainedPunkt | undefined> {
    const { punkt } = this.manifest
    return punkt === undefined ? undefined : this.#open(punkt, readPunkt)
  }

  get styles(): readonly string[] {
    return this.manifest.styles
  }
  /** A style's vector, [dim]. @throws InputError, naming those there are, where there is none. */
  async style(name: string): Promise<Float32Array> {
    if (!this.manifest.styles.includes(name))
      throw new InputError(`${this.place} has no style ${name}; it has ${this.styles.join(', ') || 'none'}`)
    return this.tensor(`styles/${name}`).read()
  }

  /** Rows of a word table, read when they are asked for. */
  wordRows(table: 'uni' | 'bi', options?: WordRowsOptions): WordRows {
    return new WordRows(this.tensor(`word-tables/${table}`), options)
  }

  /** Closes every file that was opened. */
  async close(): Promise<void> {
    const tensors = [...this.#tensors.values()]
    this.#tensors.clear()
    await Promise.all(tensors.map(tensor => tensor.close()))
  }

  async #vocabulary<T>(name: VocabularyName, read: (source: ByteSource, count: number) => Promise<T>): Promise<T> {
    const entry = this.manifest.vocabularies[name]
    if (!entry) throw this.#lacks(`vocabulary ${name}`)
    return this.#open(entry.file, source => read(source, entry.count))
  }

  async #open<T>(name: string, read: (source: ByteSource) => Promise<T>): Promise<T> {
    const source = await this.#files.open(name)
    try {
      return await read(source)
    } finally {
      await source.close()
    }
  }

  #lacks(what: string): FileError {
    const cure = 'convert it again with all the original files'
    return new FileError(`this model has no ${what}`, { file: `${this.place}/${MANIFEST_FILE}`, cure })
  }
}
