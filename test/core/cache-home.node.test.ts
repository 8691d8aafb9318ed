// Where the cache is, by what the environment says.

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheHome } from '../../lib/core/cache-home.node.ts'

test('STORYTELLER_HOME comes first, then XDG_CACHE_HOME, then the system’s place', () => {
  const both = { STORYTELLER_HOME: 'mine', XDG_CACHE_HOME: 'xdg' }
  assert.is(cacheHome(both, 'linux'), resolve('mine'))
  assert.is(cacheHome({ XDG_CACHE_HOME: 'xdg' }, 'darwin'), resolve('xdg', 'neural-storyteller'))
  assert.is(cacheHome({}, 'linux'), join(homedir(), '.cache', 'neural-storyteller'))
  assert.is(cacheHome({}, 'darwin'), join(homedir(), 'Library', 'Caches', 'neural-storyteller'))
  assert.is(cacheHome({ LOCALAPPDATA: 'local' }, 'win32'), join('local', 'neural-storyteller', 'Cache'))
})

test('an empty variable is as none', () => {
  assert.is(cacheHome({ STORYTELLER_HOME: '', XDG_CACHE_HOME: '' }, 'linux'), cacheHome({}, 'linux'))
})

test.run()
