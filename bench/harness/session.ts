// One bench run: the adapter, its limits, the peers, how many rounds, and where progress goes.

import { execFileSync } from 'node:child_process'
import type { Device } from '../../lib/gpu/device.ts'
import { openAdapter } from '../../lib/gpu/driver.node.ts'
import { openDeviceOn } from '../../lib/gpu/open.node.ts'
import { type WeightSource, Weights } from '../../lib/gpu/weights.ts'
import { compile, weightForms } from '../../lib/graph/compile.ts'
import type { Graph } from '../../lib/graph/graph.ts'
import type { Plan } from '../../lib/graph/plan.ts'
import { packageRoot } from '../../lib/io/package-root.node.ts'
import { ceiling, copies, type Limit, type LimitKind } from './limits.ts'
import type { PeerProgram } from './peer.ts'
import { Peers } from './peers.ts'

export interface BenchOptions {
  readonly adapter?: string | undefined
  readonly rounds: number
  /** Milliseconds that one contender of a case may take in all its rounds. */
  readonly budget: number
  readonly warmUp?: number
  readonly peers: readonly PeerProgram[]
}

/** Of a GPU, before a case is timed. */
const WARM_UP_MS = 1500

export class Session {
  readonly device: Device
  /** A hardware GPU: its timestamps are used, and it takes more work to fill. */
  readonly isHardware: boolean
  readonly options: BenchOptions
  readonly peers: Peers
  readonly note: (text: string) => void
  readonly #limits = new Map<LimitKind, Promise<readonly Limit[]>>()

  private constructor(device: Device, isHardware: boolean, options: BenchOptions, note: (text: string) => void) {
    this.device = device
    this.isHardware = isHardware
    this.options = options
    this.peers = new Peers(options.peers)
    this.note = note
  }

  static async open(options: BenchOptions, note: (text: string) => void): Promise<Session> {
    const opened = await openAdapter(options.adapter)
    // Peers on WebGPU run on the same driver, which openAdapter left in the environment; this is its name for people.
    process.env.STORYTELLER_BENCH_ADAPTER = opened.label
    const isHardware = opened.name === 'gpu'
    const warmUp = isHardware ? WARM_UP_MS : 0
    return new Session(await openDeviceOn(opened), isHardware, { ...options, warmUp }, note)
  }

  /** The limits of a kind, made once; several are alternatives, of which the best counts. */
  limits(kind: LimitKind): Promise<readonly Limit[]> {
    const known = this.#limits.get(kind)
    if (known !== undefined) return known
    const made =
      kind === 'copy'
        ? copies(this.device, this.isHardware)
        : ceiling(this.device, this.isHardware).then(limit => [limit])
    this.#limits.set(kind, made)
    return made
  }

  /** A compiled graph with the weights that `find` gives; everything is freed by `dispose`. */
  async plan(graph: Graph, find: (name: string) => WeightSource): Promise<{ plan: Plan; dispose: () => void }> {
    const weights = new Weights(this.device)
    const halves = (name: string) => this.isHardware && find(name).isHalf === true
    try {
      for (const [name, forms] of weightForms(graph, this.device, halves))
        for (const form of forms) await weights.load(name, find(name), undefined, form)
      const plan = await compile(graph, this.device, weights)
      return {
        plan,
        dispose: () => {
          plan.dispose()
          weights.free()
        },
      }
    } catch (error) {
      weights.free()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.peers.close()
    await this.device.dispose()
  }
}

/** The commit that is measured, with a plus where files differ from it; else the package's version. */
export function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: packageRoot(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'lib', 'kernels', 'bench') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`
  } catch {
    return 'unknown'
  }
}
