// Writes bundles so that half of one is never taken for a whole: under a temporary name beside the target, every file
// flushed to disk, renamed when complete. What a writer that was killed had finished is taken over by the next one of the same
// sources. Also adds a tensor to a finished bundle. Knows nothing of where numbers come from.

import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { AbortError, FileError, InputError } from '../core/errors.ts'
import { FLOAT16_LIMIT, narrowToFloat16 } from '../core/float16.ts'
import { BundleJournal } from './bundle-journal.node.ts'
import {
  elementsOf,
  MANIFEST_FILE,
  MANIFEST_FORMAT,
  type Manifest,
  manifestText,
  parseManifest,
  type StoredDType,
  type TensorEntry,
} from './manifest.ts'
import { npyHeader } from './npy.ts'

/** A tensor to be written; its numbers come in parts, C order, that together are the whole. */
export interface TensorToWrite {
  readonly name: string
  readonly dtype: StoredDType
  readonly shape: readonly number[]
  readonly layout: string
  readonly parts: AsyncIterable<Float32Array> | Iterable<Float32Array>
}

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export class BundleWriter {
  /** The folder that the bundle will be. */
  readonly target: string
  #dir: string
  #tensors: Record<string, TensorEntry> = {}
  #files = new Set<string>()
  #signal: AbortSignal | undefined
  /** What is finished; it goes when the bundle is. */
  readonly journal: BundleJournal

  private constructor(target: string, dir: string, journal: BundleJournal, signal: AbortSignal | undefined) {
    this.target = target
    this.#dir = dir
    this.journal = journal
    this.#signal = signal
  }

  /**
   * Begins a bundle at `target`, which must not exist or be an empty folder, from sources and options that `key` stands for. Goes on
   * with what a writer of the same key left beside it when it died, and clears away what others left.
   */
  static async create(target: string, key: string, signal?: AbortSignal): Promise<BundleWriter> {
    const path = resolve(target)
    await checkFree(path)
    const prefix = `.${basename(path)}.partial-`
    await mkdir(dirname(path), { recursive: true }).catch(cause => {
      throw unwritable(dirname(path), cause)
    })
    const dir = join(dirname(path), `${prefix}${process.pid}-${randomBytes(3).toString('hex')}`)
    inHand.add(basename(dir))
    const journal = await takeOver(dirname(path), prefix, dir, key)
    if (journal !== undefined) return new BundleWriter(path, dir, journal, signal)
    await mkdir(dir).catch(cause => {
      throw unwritable(dir, cause)
    })
    return new BundleWriter(path, dir, await BundleJournal.begin(dir, key), signal)
  }

  /**
   * Streams a tensor to its file, unless that is finished already; gives whether it was.
   * @throws InputError where the parts do not make the shape or do not fit the dtype.
   */
  async tensor(tensor: TensorToWrite): Promise<boolean> {
    const { name, dtype, shape, layout } = tensor
    const done = await this.journal.tensor(name)
    const isDone = done?.dtype === dtype && done.layout === layout && `${done.shape}` === `${shape}`
    const entry = isDone ? done : await writeTensor(this.#dir, tensor, this.#signal)
    this.#tensors[name] = entry
    this.#files.add(entry.file)
    if (!isDone) await this.journal.addTensor(name, (await stat(join(this.#dir, entry.file))).size, entry)
    return isDone
  }

  /** Streams any other file; `name` uses "/". Gives its hash. */
  file(name: string, chunks: Chunks): Promise<{ sha256: string }> {
    this.#files.add(name)
    return writeFile(join(this.#dir, name), chunks, this.#signal)
  }

  /** Completes the bundle: writes the manifest and takes the target's name. */
  async finish(rest: Omit<Manifest, 'format' | 'tensors'>): Promise<Manifest> {
    const manifest = checked({ format: MANIFEST_FORMAT, ...rest, tensors: this.#tensors }, this.target)
    await this.file(MANIFEST_FILE, [new TextEncoder().encode(manifestText(manifest))])
    await this.#clear()
    await flushFolder(this.#dir)
    stopIfAborted(this.#signal)
    await checkFree(this.target)
    await rmdir(this.target).catch(() => undefined)
    await rename(this.#dir, this.target)
    await flushFolder(dirname(this.target))
    return manifest
  }

  /** Removes everything written so far; harmless after `finish`. */
  async abandon(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true })
    inHand.delete(basename(this.#dir))
  }

  /** Removes the journal, and what a dead writer began that this bundle has no use for. */
  async #clear(): Promise<void> {
    for (const entry of await readdir(this.#dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      const name = relative(this.#dir, path).replaceAll('\\', '/')
      if (entry.isFile() && !this.#files.has(name)) await rm(path)
    }
  }
}

/**
 * Adds a tensor to a finished bundle (or replaces it): first its file, then, by one rename, the manifest that knows it.
 * `change` may alter the rest of the manifest along with it.
 */
export async function addTensor(
  dir: string,
  tensor: TensorToWrite,
  change: (manifest: Manifest) => Manifest = manifest => manifest,
  signal?: AbortSignal,
): Promise<Manifest> {
  const path = join(dir, MANIFEST_FILE)
  const old = parseManifest(await readFile(path, 'utf8'), path)
  const file = `${tensor.name}-${randomBytes(3).toString('hex')}.npy`
  const folder = join(dir, dirname(file))
  const begun = join(dirname(file), `.${basename(file)}.partial-${process.pid}`)
  try {
    inHand.add(basename(begun))
    await clearBegun(folder)
    const entry = { ...(await writeTensor(dir, tensor, signal, begun)), file }
    await rename(join(dir, begun), join(dir, file))
    await flushFolder(folder)
    const manifest = checked(change({ ...old, tensors: { ...old.tensors, [tensor.name]: entry } }), dir)
    const part = join(dir, `.${MANIFEST_FILE}.${process.pid}`)
    await writeFile(part, [new TextEncoder().encode(manifestText(manifest))], signal)
    await rename(part, path)
    await flushFolder(dir)
    const replaced = old.tensors[tensor.name]?.file
    if (replaced !== undefined) await rm(join(dir, replaced), { force: true })
    return manifest
  } catch (error) {
    for (const path of [begun, file]) await rm(join(dir, path), { force: true }).catch(() => undefined)
    throw error
  } finally {
    inHand.delete(basename(begun))
  }
}

/** Removes tensors that were being added by processes that are no more. */
async function clearBegun(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(/^\..*\.npy\.partial-(\d+)$/.exec(name)?.[1])
    if (pid > 0 && !inHand.has(name) && !isAlive(pid)) await rm(join(folder, name), { force: true })
  }
}

async function writeTensor(
  dir: string,
  tensor: TensorToWrite,
  signal?: AbortSignal,
  file = `${tensor.name}.npy`,
): Promise<TensorEntry> {
  const { dtype, shape, layout } = tensor
  const { sha256 } = await writeFile(join(dir, file), tensorBytes(tensor), signal)
  return { file, dtype, shape: [...shape], layout, sha256 }
}

async function* tensorBytes({ name, dtype, shape, parts }: TensorToWrite): AsyncGenerator<Uint8Array> {
  yield npyHeader(dtype, shape)
  let elements = 0
  for await (const part of parts) {
    elements += part.length
    const stored = dtype === 'f32' ? part : narrow(part, name)
    yield new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)
  }
  if (elements !== elementsOf(shape))
    throw new InputError(`${name}: ${elements} elements were given for the shape [${shape.join(', ')}]`)
}

function narrow(part: Float32Array, name: string): Uint16Array {
  const wide = part.find(value => Math.abs(value) >= FLOAT16_LIMIT && Number.isFinite(value))
  if (wide !== undefined) throw new InputError(`${name} holds ${wide}, beyond the range of f16; use --dtype f32`)
  return narrowToFloat16(part)
}

async function writeFile(path: string, chunks: Chunks, signal?: AbortSignal): Promise<{ sha256: string }> {
  await mkdir(dirname(path), { recursive: true }).catch(cause => {
    throw unwritable(dirname(path), cause)
  })
  const hash = createHash('sha256')
  const handle = await open(path, 'w').catch(cause => {
    throw unwritable(path, cause)
  })
  try {
    // While one chunk is being written it is hashed, and the next one is made.
    let writing = Promise.resolve()
    for await (const chunk of chunks) {
      stopIfAborted(signal)
      await writing
      writing = writeAll(handle, chunk, path)
      writing.catch(() => undefined)
      hash.update(chunk)
    }
    await writing
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { sha256: hash.digest('hex') }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, path: string): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at, chunk.length - at).catch(cause => {
      throw unwritable(path, cause)
    })
    at += bytesWritten
  }
}

function checked(manifest: Manifest, place: string): Manifest {
  return parseManifest(manifestText(manifest), join(place, MANIFEST_FILE))
}

async function checkFree(target: string): Promise<void> {
  const entries = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new FileError('is in the way', { file: target, cure: 'choose another --out' }, { cause: error })
  })
  if (entries.length > 0)
    throw new FileError('exists already and is not empty', {
      file: target,
      cure: 'choose another --out, or remove it first',
    })
}

/** Folders and files that this process writes to, by their temporary names. */
const inHand = new Set<string>()

/** Makes a dead writer's folder `dir`, where there is one of the same key, and removes the others. */
async function takeOver(parent: string, prefix: string, dir: string, key: string): Promise<BundleJournal | undefined> {
  let taken: BundleJournal | undefined
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN
    if (!(pid > 0) || inHand.has(name) || isAlive(pid)) continue
    const path = join(parent, name)
    const fits = taken === undefined && (await BundleJournal.find(path, key)) !== undefined
    // Of two that want it at the same time, one is too late: it has nothing to take over.
    const isOurs =
      fits &&
      (await rename(path, dir).then(
        () => true,
        () => false,
      ))
    if (isOurs) taken = await BundleJournal.find(dir, key)
    else await rm(path, { recursive: true, force: true })
  }
  return taken
}

/** Another process; what this one has in hand is known. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Makes names in a folder durable; systems that cannot open a folder do without. */
async function flushFolder(dir: string): Promise<void> {
  const handle = await open(dir).catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw signal.reason instanceof AbortError ? signal.reason : new AbortError('interrupted', { cause: signal.reason })
}

const unwritable = (file: string, cause: unknown): FileError =>
  new FileError(
    `cannot be written (${cause instanceof Error ? cause.message : cause})`,
    { file, cure: 'choose a place with room that you may write to' },
    { cause },
  )
