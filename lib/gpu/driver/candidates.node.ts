// The ways to an adapter that this machine offers, in the order of preference: hardware drivers, an installed lavapipe, the one
// that `doctor --fix` keeps in the cache, the embedded SwiftShader. Only finds them; opening one is driver.node.ts's business.

import { ADAPTER_KINDS, type AdapterKind } from '../adapter.ts'
import { cachedLavapipe } from './cached-lavapipe.node.ts'
import { type DriverSet, hasSystemLoader } from './dawn.node.ts'
import { embeddedDriver, hasEmbeddedDriver } from './embedded.node.ts'
import { installedDrivers } from './manifests.node.ts'

export interface Candidate {
  /** What its names say it is; the adapter itself has the last word. */
  readonly kind: AdapterKind
  /** What it is, for people. */
  readonly title: string
  /** The manifests of installed drivers; none for what is embedded or the platform's own. */
  readonly manifests: readonly string[]
  /** What Dawn is pointed at; undefined where it finds the platform's drivers itself. May unpack the embedded driver. */
  drivers(): Promise<DriverSet | undefined>
}

const TITLES: Readonly<Record<AdapterKind, string>> = {
  gpu: 'the installed GPU driver',
  lavapipe: 'the installed lavapipe',
  swiftshader: 'an installed SwiftShader',
}

export const CACHED_LAVAPIPE = 'the lavapipe of doctor --fix'

let found: readonly Candidate[] | undefined

/** All candidates of this machine. Found once: opening one changes the environment that names the others. */
export function candidates(): readonly Candidate[] {
  found ??= process.platform === 'linux' ? linuxCandidates() : [PLATFORM]
  return found
}

const PLATFORM: Candidate = {
  kind: 'gpu',
  title: 'the GPU driver of the system',
  manifests: [],
  drivers: async () => undefined,
}

function linuxCandidates(): Candidate[] {
  const installed = installedDrivers()
  const systemLoader = hasSystemLoader()
  const list: Candidate[] = []
  for (const kind of ADAPTER_KINDS) {
    if (kind === 'swiftshader') list.push(...fromCache())
    const manifests = installed.filter(driver => driver.kind === kind).map(driver => driver.path)
    // Containers often get a GPU's driver without a Vulkan loader: then the embedded one serves, where there is one.
    if (manifests.length === 0 || !(systemLoader || hasEmbeddedDriver())) continue
    const loader = async () => (systemLoader ? undefined : (await embeddedDriver()).loader)
    list.push({ kind, title: TITLES[kind], manifests, drivers: async () => ({ manifests, loader: await loader() }) })
  }
  if (hasEmbeddedDriver()) list.push(EMBEDDED)
  return list
}

/** The lavapipe of `doctor --fix`, which brings its own loader and libraries. */
function fromCache(): Candidate[] {
  const lavapipe = cachedLavapipe()
  if (lavapipe === undefined) return []
  const { manifest, loader, libraries } = lavapipe
  const set = { manifests: [manifest], loader, libraries }
  return [{ kind: 'lavapipe', title: CACHED_LAVAPIPE, manifests: [manifest], drivers: async () => set }]
}

/** Its own loader comes first, so that it works the same whatever the system has. */
const EMBEDDED: Candidate = {
  kind: 'swiftshader',
  title: 'the embedded SwiftShader',
  manifests: [],
  drivers: async () => {
    const { manifest, loader } = await embeddedDriver()
    return { manifests: [manifest], loader }
  },
}
