// The peers that a bench may ask: started when first needed, kept for one workload, closed after it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Peer, PeerError, type PeerJob, type PeerProgram } from './peer.ts'

const folder = fileURLToPath(new URL('../peers/', import.meta.url))

/** The Python that has bench/peers/requirements.txt: STORYTELLER_PEERS_PYTHON, else bench/peers/venv, else python3. */
function python(): string {
  const own = join(folder, 'venv', 'bin', 'python')
  return process.env.STORYTELLER_PEERS_PYTHON || (existsSync(own) ? own : 'python3')
}

const script = (name: string, file: string, ops: readonly string[], ...args: string[]): PeerProgram => ({
  name,
  command: file.endsWith('.py') ? python() : process.execPath,
  args: [join(folder, file), ...args],
  ops,
  cwd: folder,
})

const NUMPY_OPS = ['gemm', 'gemv', 'encode', 'beam', 'retrieval']

/** Every peer there is. `adapter`: what WebGPU peers are to run on, a Vulkan manifest or nothing. */
export const PEERS: readonly PeerProgram[] = [
  script('numpy', 'numpy-peer.py', NUMPY_OPS),
  script('torch', 'torch-peer.py', [...NUMPY_OPS, 'conv', 'vgg19', 'train']),
  script('onnxruntime-cpu', 'onnxruntime-node.mjs', ['vgg19'], 'cpu'),
  script('onnxruntime-wasm', 'onnxruntime-web.mjs', ['vgg19'], 'wasm'),
  script('onnxruntime-webgpu', 'onnxruntime-node.mjs', ['vgg19'], 'webgpu'),
  script('onnxruntime-web-webgpu', 'onnxruntime-web.mjs', ['vgg19'], 'webgpu'),
  script('tfjs-webgpu', 'tfjs.mjs', ['vgg19'], 'webgpu'),
]

export class Peers {
  readonly #programs: readonly PeerProgram[]
  readonly #started = new Map<string, Promise<Peer>>()

  constructor(programs: readonly PeerProgram[]) {
    this.#programs = programs
  }

  /** Those that do this job, ready to run it, and those that cannot with the reason. `only` asks one of them. */
  async prepare(
    job: PeerJob,
    only?: string,
  ): Promise<{ ready: readonly Peer[]; missing: Readonly<Record<string, string>> }> {
    const ready: Peer[] = []
    const missing: Record<string, string> = {}
    const asked = this.#programs.filter(({ name, ops }) => ops.includes(job.op) && (only ?? name) === name)
    for (const program of asked)
      try {
        const peer = await this.#start(program)
        await peer.prepare(job)
        ready.push(peer)
      } catch (error) {
        if (!(error instanceof PeerError)) throw error
        missing[program.name] = error.message
      }
    return { ready, missing }
  }

  async close(): Promise<void> {
    for (const started of this.#started.values()) (await started.catch(() => undefined))?.close()
    this.#started.clear()
  }

  #start(program: PeerProgram): Promise<Peer> {
    const known = this.#started.get(program.name)
    if (known !== undefined) return known
    const started = Peer.start(program)
    started.catch(() => undefined)
    this.#started.set(program.name, started)
    return started
  }
}
