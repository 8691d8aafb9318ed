// Where this program keeps what can be made again: one folder for a user, the same for every part of the program.
// Only names the folder; creating it is its users' business.

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** STORYTELLER_HOME, else neural-storyteller in XDG_CACHE_HOME, else in the place the system has for caches. */
export function cacheHome(env: Environment = process.env, platform: string = process.platform): string {
  const given = env.STORYTELLER_HOME
  if (given) return resolve(given)
  if (env.XDG_CACHE_HOME) return resolve(env.XDG_CACHE_HOME, 'neural-storyteller')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'neural-storyteller')
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'neural-storyteller', 'Cache')
  return join(homedir(), '.cache', 'neural-storyteller')
}
