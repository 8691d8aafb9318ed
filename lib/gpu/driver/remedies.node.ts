// What to install for a better adapter, as a command for the distribution at hand. Only words; it runs nothing.

import { existsSync, readFileSync } from 'node:fs'

export interface Remedy {
  /** What is missing and what it would give, in one sentence. */
  readonly advice: string
  /** The command that installs it, for root; several steps are joined by &&. Undefined: there is none to give. */
  readonly command?: string
}

const SOURCES = '/etc/apt/sources.list.d'

/**
 * The command that adds Debian 12's backports, whose Mesa is new enough, from the same mirror as the system's own packages. Only the
 * first source is copied: the second one, security updates, has no backports.
 */
const backports = (hasSourcesFile: boolean): string =>
  hasSourcesFile
    ? `sed '/^$/q; s/^Suites:.*/Suites: bookworm-backports/' ${SOURCES}/debian.sources > ${SOURCES}/backports.sources`
    : `sed -n 's/ bookworm / bookworm-backports /p' /etc/apt/sources.list > ${SOURCES}/backports.list`

/** How to install lavapipe, Mesa's software driver, which is faster than the embedded one. Undefined: distribution unknown. */
export function lavapipeRemedy(
  osRelease = readOsRelease(),
  hasSourcesFile = existsSync(`${SOURCES}/debian.sources`),
): Remedy | undefined {
  const id = `${field(osRelease, 'ID')} ${field(osRelease, 'ID_LIKE')}`
  const advice = 'lavapipe, Mesa’s software driver, is faster than the embedded one'
  if (field(osRelease, 'VERSION_CODENAME') === 'bookworm')
    return {
      advice: `${advice}; Debian 12’s own Mesa 22.3 is too old for WebGPU, that of its backports works`,
      command: `${backports(hasSourcesFile)} && apt-get update && apt-get install -t bookworm-backports mesa-vulkan-drivers libvulkan1`,
    }
  if (/debian|ubuntu/.test(id))
    return { advice, command: 'apt-get update && apt-get install mesa-vulkan-drivers libvulkan1' }
  if (/fedora|rhel/.test(id)) return { advice, command: 'dnf install mesa-vulkan-drivers vulkan-loader' }
  if (/arch/.test(id)) return { advice, command: 'pacman -S vulkan-swrast vulkan-icd-loader' }
  if (/suse/.test(id)) return { advice, command: 'zypper install libvulkan_lvp libvulkan1' }
  return undefined
}

/** What to do on the embedded driver, in one line; undefined where there is nothing better to be had. */
export function fasterDriverHint(remedy = lavapipeRemedy()): string | undefined {
  if (remedy?.command === undefined) return undefined
  return remedy.command.includes('apt-get')
    ? '"storyteller doctor --fix" fetches a software driver that is several times faster, without root'
    : '"storyteller doctor" tells how to install a software driver that is several times faster'
}

/** What a platform without an embedded driver needs, as one sentence. */
export function missingDriverCure(platform: string = process.platform): string {
  if (platform === 'darwin') return 'WebGPU needs Metal: macOS 12 or later on a Mac with a GPU'
  if (platform === 'win32') return 'WebGPU needs Direct3D 12: install the driver of the graphics card’s maker'
  const command = lavapipeRemedy()?.command ?? 'install Mesa’s Vulkan drivers (23.1 or later) and the Vulkan loader'
  return `no driver is embedded for ${platform} ${process.arch}; install one: ${command}`
}

const field = (text: string, name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? ''

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}
