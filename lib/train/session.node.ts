// One training from its request to its files: a fresh start or a checkpoint that is continued, the trainer, the loop, and what is
// written beside the weights. The three kinds of networks (decoder-, embedding- and skip-thoughts-training.node.ts) say what differs.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import ndarray from 'ndarray'
import { PyScalar, type PyValue, textOf } from '../../weights-converter/formats/pickle/values.ts'
import { InputError } from '../core/errors.ts'
import { hash, Random } from '../core/random.ts'
import type { Device } from '../gpu/device.ts'
import { writeWhole } from '../io/folder.node.ts'
import { Checkpoint, type OpenedCheckpoint } from './checkpoint.node.ts'
import { curvePage } from './curve-page.ts'
import { type CommonOptions, DEFAULTS, type KindOptions } from './defaults.ts'
import { buildDictionary, type Dictionary } from './dictionary.ts'
import { readDictionaryFile, writeDictionaryFile } from './dictionary-file.node.ts'
import type { Examples } from './examples.ts'
import { type Evaluation, type Sample, type Training, type TrainingEvent, train } from './loop.ts'
import { pickledOptions } from './pickled-options.node.ts'
import { notStarted, type Progress } from './progress.ts'
import { Trainer } from './trainer.node.ts'
import type { Batches, NamedArrays, TrainerKind, TrainerOptions } from './types.ts'
import { fillWordRows, readWordVectors } from './word-vectors.node.ts'

/** What all trainings are asked with. */
export interface TrainingRequest {
  /** NAME.npz; all other files lie beside it. */
  readonly out: string
  /** Go on from NAME.npz. */
  readonly reload?: boolean | undefined
  /** By the original's names. Where absent: those of the checkpoint that is continued, else the original's defaults. */
  readonly options?: Partial<CommonOptions> | undefined
  /** The original's Adam. */
  readonly compat?: boolean | undefined
  readonly seed?: number | undefined
  /** A file of words and their ids, in place of one that is made of the text. */
  readonly dictionary?: string | undefined
  /** A file of word vectors to begin with. */
  readonly embeddings?: string | undefined
  readonly adapter?: string | undefined
  /** A device that is open already. */
  readonly device?: Device | undefined
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined
  /** Hears what the user should know. */
  readonly onNote?: ((text: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Trained {
  readonly progress: Progress
  /** Paths of what was written. */
  readonly files: readonly string[]
}

/** A request with the checkpoint that it continues, if it does. */
export interface Session {
  readonly request: TrainingRequest
  readonly checkpoint: Checkpoint
  readonly saved: OpenedCheckpoint | undefined
  /** Without n_words, which depends on the dictionary. */
  readonly options: CommonOptions
  readonly compat: boolean
  readonly seed: number
  readonly dictionary: Dictionary
  readonly dictionaryFile: string
}

/** Opens what is continued and settles options and dictionary. @throws FileError, InputError */
export async function openSession(
  kind: TrainerKind,
  request: TrainingRequest,
  sentences: () => Iterable<string>,
): Promise<Session> {
  const { out, reload = false, onNote } = request
  if (!/\.npz$/.test(out)) throw new InputError(`the weights are saved as .npz; "${out}" is not named so`)
  const checkpoint = new Checkpoint(out)
  const saved = reload ? await checkpoint.open() : undefined
  if (!reload && existsSync(out))
    onNote?.(`${out} is there and will be written over; stop now and use --reload to go on from it`)
  const progress = saved?.resumable?.progress
  if (progress !== undefined && progress.kind !== kind)
    throw new InputError(`${out} is the checkpoint of a ${progress.kind}; train that, or choose another --out`)
  if (saved !== undefined && progress === undefined)
    onNote?.(`${out} has no state: its moments and epochs begin anew, with the original's Adam`)
  checkSame(request, progress)
  const dictionaryFile = kind === 'embedding' ? `${out}.dictionary.pkl` : out.replace(/\.npz$/, '_dictionary.pkl')
  const given = request.dictionary ?? (saved !== undefined && existsSync(dictionaryFile) ? dictionaryFile : undefined)
  return {
    ...{ request, checkpoint, saved, dictionaryFile },
    options: { ...DEFAULTS[kind], ...savedOptions(kind, saved), ...defined(request.options ?? {}) },
    compat: progress?.compat ?? (saved !== undefined || (request.compat ?? false)),
    seed: progress?.seed ?? request.seed ?? 0,
    // Whosever the ids are, the counts are those of this text.
    dictionary: {
      ...buildDictionary(sentences()),
      ...(given !== undefined && { ids: await readDictionaryFile(given) }),
    },
  }
}

/** What a checkpoint has settled cannot be settled anew. */
function checkSame({ out, compat, seed }: TrainingRequest, progress: Progress | undefined): void {
  for (const [name, asked, before] of [
    ['compat', compat, progress?.compat],
    ['seed', seed, progress?.seed],
  ] as const)
    if (progress !== undefined && asked !== undefined && asked !== before)
      throw new InputError(`${out} was begun with ${name} ${before}; go on with that, or train anew without reload`)
}

const defined = <T extends object>(options: T): Partial<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>

/** The numbers that a checkpoint's options state. */
function savedOptions(kind: TrainerKind, saved: OpenedCheckpoint | undefined): Partial<CommonOptions> {
  if (saved === undefined) return {}
  // The original's Adam, which goes on where there is no state, has one step size for the language models.
  const isFixed = saved.resumable === undefined && kind !== 'embedding'
  const names = Object.keys(DEFAULTS[kind]).filter(name => !(isFixed && name === 'lrate'))
  const numbers = names.flatMap(name => {
    const value = plain(saved.options.get(name))
    return typeof value === 'number' ? [[name, value]] : []
  })
  const stated = Object.fromEntries(numbers) as Partial<CommonOptions>
  // A bidirectional model states one direction's.
  return stated.dim !== undefined && 'encoder_r_W' in saved.parameters ? { ...stated, dim: 2 * stated.dim } : stated
}

const plain = (value: PyValue | undefined): unknown => (value instanceof PyScalar ? value.value : value)

/** What a checkpoint's options state under a name, if that is a text, a number or a truth value. */
export function savedOption(saved: OpenedCheckpoint | undefined, name: string): string | number | boolean | undefined {
  const value = plain(saved?.options.get(name))
  return typeof value === 'boolean' || typeof value === 'number' ? value : textOf((value ?? null) as PyValue)
}

/** How many ids a dictionary uses, from 0 to its largest. */
export const idCount = ({ ids }: Dictionary): number => [...ids.values()].reduce((n, id) => Math.max(n, id + 1), 2)

/** The words that are told apart: as many as a checkpoint has, else as wanted, but no more than there are. */
export function wordCount({ request, saved, options }: Session, there: number): number {
  const rows = saved?.parameters.Wemb?.shape[0]
  return rows === undefined ? Math.min(options.n_words, there) : (request.options?.n_words ?? rows)
}

/** The width of word vectors: that of the file to begin with, where there is one. */
export async function wordWidth({ request, saved, options }: Session): Promise<number> {
  if (request.embeddings === undefined || saved !== undefined || request.options?.dim_word !== undefined)
    return options.dim_word
  for await (const { vector } of readWordVectors(request.embeddings)) return vector.length
  throw new InputError(`${request.embeddings} has no word vectors`)
}

/** The parameters to start from: the checkpoint's, or new ones, with outside word vectors where they were asked for. */
export async function startingParameters(
  { request, saved, seed, dictionary }: Session,
  draw: (random: Random) => NamedArrays,
): Promise<NamedArrays> {
  if (saved !== undefined) return saved.parameters
  request.onNote?.('drawing the first weights')
  // Not the numbers that shuffle the batches.
  const parameters = draw(new Random(hash(0xffffffff, seed)))
  const { Wemb } = parameters
  if (request.embeddings !== undefined && Wemb !== undefined) {
    const rows = { ids: dictionary.ids, nWords: Wemb.shape[0] ?? 0, rows: Wemb.data }
    const filled = await fillWordRows(request.embeddings, rows)
    request.onNote?.(
      `${filled} of ${dictionary.ids.size} words begin with their vectors of ${basename(request.embeddings)}`,
    )
  }
  return parameters
}

/** What a kind of network brings to a training. */
export interface Prepared<K extends TrainerKind> {
  readonly kind: K
  readonly own: KindOptions & { readonly kind: K }
  readonly options: CommonOptions
  readonly parameters: NamedArrays
  readonly examples: Examples<Batches[K]>
  /** All sentences as ids: with them, batch size and longest length decide the batches. */
  readonly ids: readonly (readonly number[])[]
  readonly hooks: (trainer: Trainer<K>) => Pick<Training<K>, 'sample' | 'evaluate'>
  /** Writes what else belongs to the weights, at each save and at the end of all; gives the paths. */
  readonly afterSave?: (parameters: NamedArrays, isEnd: boolean) => Promise<readonly string[]>
}

/** Trains, and writes checkpoint, dictionary and page. */
export async function runSession<K extends TrainerKind>(session: Session, prepared: Prepared<K>): Promise<Trained> {
  const { request, saved, compat } = session
  const { kind, own, options, parameters, examples } = prepared
  const { kind: _kind, ...named } = own
  const trainerOptions: TrainerOptions = { ...options, ...named, compat }
  const trainer = await Trainer.create(kind, trainerOptions, parameters, {
    ...{ adapter: request.adapter, device: request.device, compat },
    ...(saved?.resumable && { moments: saved.resumable.moments }),
  })
  try {
    const files = new Files(session, prepared)
    await writeDictionaryFile(session.dictionaryFile, session.dictionary, kind !== 'embedding')
    const progress = await train<K>({
      ...{ trainer, examples, signal: request.signal },
      settings: { ...options, batchSize: options.batch_size, maxlen: options.maxlen_w, maxEpochs: options.max_epochs },
      progress: begin(session, prepared, trainer.device),
      ...prepared.hooks(trainer),
      save: parts => files.save(parts),
      onEvent: event => {
        files.note(event)
        request.onEvent?.(event)
      },
    })
    await files.end(await trainer.parameters())
    return { progress, files: files.written }
  } finally {
    await trainer.dispose()
  }
}

/** Before anything that takes long. @throws InputError where no sentence is short enough, or there is none */
export function checkText(
  kind: TrainerKind,
  examples: Pick<Examples<unknown>, 'lengths'>,
  options: Pick<CommonOptions, 'maxlen_w'>,
): void {
  const { length } = examples.lengths
  const short = examples.lengths.filter(words => words < options.maxlen_w).length
  if (short > 0) return
  throw new InputError(
    length === 0
      ? `there is nothing to train a ${kind} on; give a text with one passage a line${kind === 'skip-thoughts' ? ', three or more' : ''}`
      : `none of the ${length} passages has fewer than ${options.maxlen_w} words; split them, or raise --maxlen-w`,
  )
}

/** The progress to go on from. @throws InputError where the batches would not be those of the checkpoint. */
function begin<K extends TrainerKind>(
  { saved, compat, seed, request }: Session,
  { kind, ids, options }: Prepared<K>,
  device: Device,
): Progress {
  const digest = createHash('sha256').update(JSON.stringify([options.batch_size, options.maxlen_w]))
  for (const sentence of ids) digest.update(Int32Array.of(sentence.length, ...sentence))
  const data = digest.digest('hex')
  const machine = { adapter: device.label, kernels: choiceOf(device) }
  const before = saved?.resumable?.progress
  if (before === undefined) return notStarted({ kind, seed, data, compat, machine })
  if (before.data !== data)
    throw new InputError(
      `${request.out} was trained on other text, or with another dictionary, batch_size or maxlen_w; give the same, or remove ${request.out}.state to go on from the weights alone`,
    )
  if (JSON.stringify(before.machine) !== JSON.stringify(machine))
    request.onNote?.(`begun on ${before.machine.adapter}, continued on ${machine.adapter}: the last bits will differ`)
  return { ...before, machine }
}

/** All that the choice among kernels rests on, besides sizes: the same facts, the same kernels. */
const choiceOf = ({ facts: { features, subgroupMinSize, subgroupMaxSize, maxInvocations } }: Device): string[] => [
  ...[...features].sort(),
  `subgroups ${subgroupMinSize} to ${subgroupMaxSize}`,
  `workgroups to ${maxInvocations}`,
]

/** What a training writes. */
class Files<K extends TrainerKind> {
  readonly #session: Session
  readonly #prepared: Prepared<K>
  readonly #written = new Set<string>()
  #samples: readonly Sample[] | undefined
  #figures: Evaluation | undefined

  constructor(session: Session, prepared: Prepared<K>) {
    this.#session = session
    this.#prepared = prepared
    this.#written.add(session.dictionaryFile)
  }

  get written(): readonly string[] {
    return [...this.#written]
  }

  /** Keeps what the page shows. */
  note(event: TrainingEvent): void {
    if (event.type === 'samples') this.#samples = event.samples
    if (event.type === 'evaluation') this.#figures = event.figures
  }

  async save({ parameters, moments, progress, best }: Parameters<NonNullable<Training<K>['save']>>[0]): Promise<void> {
    const { checkpoint, request, dictionaryFile } = this.#session
    const { kind, own, options } = this.#prepared
    const places = { saveto: request.out, dictionary: dictionaryFile, embeddings: request.embeddings ?? null }
    const parts = {
      ...{ parameters, moments, progress },
      options: pickledOptions(options, own, places, request.reload ?? false),
    }
    // The original program asks for it when it goes on from a checkpoint.
    const extra = kind === 'embedding' ? [] : ([['history_errs', ndarray(new Float64Array(), [0])]] as const)
    await (best ? checkpoint.save(parts, extra) : checkpoint.saveState(parts, extra))
    const page = request.out.replace(/\.npz$/, '.html')
    await writeWhole(
      page,
      curvePage({ title: basename(request.out), progress, samples: this.#samples, figures: this.#figures }),
    )
    for (const file of [request.out, `${request.out}.pkl`, `${request.out}.state`, page]) this.#written.add(file)
    if (best) await this.#others(parameters, false)
  }

  async end(parameters: NamedArrays): Promise<void> {
    await this.#others(parameters, true)
  }

  async #others(parameters: NamedArrays, isEnd: boolean): Promise<void> {
    const others = (await this.#prepared.afterSave?.(parameters, isEnd)) ?? []
    for (const file of others) this.#written.add(file)
  }
}
