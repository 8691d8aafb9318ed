// Chooses the driver and opens the adapter in Node: a hardware GPU, else an installed lavapipe, else the one that `doctor --fix`
// unpacked into the cache, else the embedded SwiftShader.
// Invariants: the choice is made before Dawn sees a driver; one adapter a process, and a second, different request is refused.

import { DeviceError } from '../core/errors.ts'
import { ADAPTER_KINDS, type AdapterKind, kindOf, labelOf, type OpenedAdapter } from './adapter.ts'
import { CACHED_LAVAPIPE, type Candidate, candidates } from './driver/candidates.node.ts'
import { adapterNames, type Instance, openInstance, requestAdapter } from './driver/dawn.node.ts'
import { lavapipeRemedy, missingDriverCure } from './driver/remedies.node.ts'

/** A driver of this machine, as `doctor` shows it. */
export interface FoundDriver {
  readonly kind: AdapterKind
  readonly title: string
  /** Paths of its Vulkan manifests; none for what is embedded or the platform's own. */
  readonly manifests: readonly string[]
  /** The names of its adapters; empty where WebGPU takes none of them. */
  readonly adapters: readonly string[]
  /** What went wrong, where something did. */
  readonly problem?: string
}

type Chosen = Omit<OpenedAdapter, 'adapter'>

let current: { readonly request: string; readonly chosen: Promise<Chosen> } | undefined

/**
 * Opens the adapter of this process. `request`: 'auto', 'gpu', 'lavapipe', 'swiftshader' or a part of an adapter's name; without
 * one STORYTELLER_ADAPTER decides, else 'auto'. Every call gives a new GPUAdapter of the same GPU.
 * @throws DeviceError where there is none, or where this process has another one open.
 */
export async function openAdapter(request?: string): Promise<OpenedAdapter> {
  const wanted = request?.trim() || process.env.STORYTELLER_ADAPTER?.trim() || 'auto'
  current ??= { request: wanted, chosen: choose(wanted) }
  const here = current
  const chosen = await here.chosen.catch((error: unknown) => {
    if (current === here) current = undefined
    throw error
  })
  if (![here.request, chosen.name, 'auto'].includes(wanted))
    throw new DeviceError(
      `this process runs on ${chosen.label} and cannot open "${wanted}" too; use one adapter a process`,
    )
  const adapter = await requestAdapter(chosen.gpu)
  if (adapter === null) throw new DeviceError(`${chosen.label} is no longer there; start again`)
  return { ...chosen, adapter }
}

/** Every driver of this machine with the adapters it gives; opens none for use. */
export async function listDrivers(): Promise<FoundDriver[]> {
  const list: FoundDriver[] = []
  for (const { kind, title, manifests, drivers } of candidates()) {
    try {
      const adapters = await adapterNames(await drivers())
      list.push({ kind, title, manifests, adapters, ...(adapters.length === 0 && { problem: refusal(kind) }) })
    } catch (error) {
      list.push({
        kind,
        title,
        manifests,
        adapters: [],
        problem: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return list
}

async function choose(request: string): Promise<Chosen> {
  const notes = correctEnvironment()
  const kind = ADAPTER_KINDS.find(name => name === request)
  const part = kind === undefined && request !== 'auto' ? request : undefined
  for (const candidate of candidates()) {
    if (kind !== undefined && candidate.kind !== kind) continue
    const instance = await (part === undefined ? open(candidate) : openNamed(candidate, part))
    if (instance === undefined) {
      notes.push(`${candidate.title}: ${part === undefined ? refusal(candidate.kind) : await otherNames(candidate)}`)
      continue
    }
    const name = kindOf(instance.adapter.info)
    const label = labelOf(instance.adapter.info)
    if ((kind ?? name) === name) return { gpu: instance.gpu, name, label, why: reason(request, name, candidate), notes }
    notes.push(`${candidate.title} is ${label}, not what was asked for`)
  }
  throw nothingFits(request, notes)
}

const open = async ({ drivers }: Candidate): Promise<Instance | undefined> => openInstance(await drivers())

/** Opens a candidate's adapter whose name, or what else it says of itself, contains `part`. */
async function openNamed(candidate: Candidate, part: string): Promise<Instance | undefined> {
  const drivers = await candidate.drivers()
  const fits = (words: string): boolean => words.toLowerCase().includes(part.toLowerCase())
  const name = (await adapterNames(drivers)).find(fits)
  if (name !== undefined) return openInstance(drivers, name)
  const best = await openInstance(drivers)
  const info = best?.adapter.info
  return info && fits(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`) ? best : undefined
}

async function otherNames({ drivers }: Candidate): Promise<string> {
  const names = await adapterNames(await drivers())
  return names.length === 0 ? 'no adapter' : `has ${names.join(', ')}`
}

/** Lavapipe gives wrong texture values with vectors of 512 bits; it reads this when it starts. */
function correctEnvironment(): string[] {
  if (process.env.LP_NATIVE_VECTOR_WIDTH !== '512') return []
  delete process.env.LP_NATIVE_VECTOR_WIDTH
  return ['LP_NATIVE_VECTOR_WIDTH=512 is ignored: lavapipe reads wrong texture values with it']
}

function refusal(kind: AdapterKind): string {
  if (kind === 'gpu') return 'no GPU answers it'
  const command = kind === 'lavapipe' ? lavapipeRemedy()?.command : undefined
  return `WebGPU takes no adapter of it${command === undefined ? '' : `; a newer one comes with: ${command}`}`
}

function reason(request: string, name: AdapterKind, { title }: Candidate): string {
  if (request !== 'auto') return `"${request}" was asked for`
  if (name === 'gpu') return 'a hardware GPU comes first'
  if (title === CACHED_LAVAPIPE)
    return `neither a hardware GPU nor an installed lavapipe was found, and ${title} comes next`
  if (name === 'lavapipe') return 'no hardware GPU was found, and an installed lavapipe comes next'
  return 'neither a hardware GPU nor an installed lavapipe was found'
}

function nothingFits(request: string, notes: readonly string[]): DeviceError {
  const tried = notes.length === 0 ? '' : ` (${notes.join('; ')})`
  if (request === 'auto') return new DeviceError(`no usable adapter${tried}; ${missingDriverCure()}`)
  const command = request === 'lavapipe' ? lavapipeRemedy()?.command : undefined
  const cure =
    command === undefined
      ? '"auto" takes the best there is, and "storyteller doctor" lists all'
      : `install it: ${command}`
  return new DeviceError(`no adapter fits "${request}"${tried}; ${cure}`)
}
