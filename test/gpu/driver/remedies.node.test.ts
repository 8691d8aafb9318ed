// What is advised for which distribution.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fasterDriverHint, lavapipeRemedy, missingDriverCure } from '../../../lib/gpu/driver/remedies.node.ts'

const command = (osRelease: string): string => lavapipeRemedy(osRelease)?.command ?? ''

test('Debian 12 takes its backports, from a list of their own', () => {
  const bookworm = 'ID=debian\nVERSION_CODENAME=bookworm\n'
  const remedy = lavapipeRemedy(bookworm, true)
  assert.match(remedy?.advice ?? '', /22\.3 is too old/)
  assert.match(
    remedy?.command ?? '',
    /debian\.sources > \S+\/backports\.sources && apt-get update && apt-get install -t bookworm-back/,
  )
  assert.match(lavapipeRemedy(bookworm, false)?.command ?? '', /\/etc\/apt\/sources\.list > \S+\/backports\.list &&/)
})

test('other distributions take their own packages', () => {
  assert.match(
    command('ID=debian\nVERSION_CODENAME=trixie\n'),
    /^apt-get update && apt-get install mesa-vulkan-drivers/,
  )
  assert.match(command('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), /^apt-get/)
  assert.match(command('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), /^dnf install mesa-vulkan-drivers/)
  assert.match(command('ID=manjaro\nID_LIKE=arch\n'), /^pacman -S vulkan-swrast/)
  assert.match(command('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'), /^zypper install libvulkan_lvp/)
  assert.is(lavapipeRemedy('ID=unheard-of\n'), undefined)
  assert.is(lavapipeRemedy(''), undefined)
})

test('platforms without an embedded driver are told what they need', () => {
  assert.match(missingDriverCure('darwin'), /Metal/)
  assert.match(missingDriverCure('win32'), /Direct3D 12/)
  assert.match(missingDriverCure('linux'), /no driver is embedded for linux/)
})

test('on the embedded driver one line says what is better', () => {
  assert.match(
    fasterDriverHint(lavapipeRemedy('ID=debian\nVERSION_CODENAME=trixie\n')) ?? '',
    /^"storyteller doctor --fix"/,
  )
  assert.match(fasterDriverHint(lavapipeRemedy('ID=fedora\n')) ?? '', /^"storyteller doctor" tells how/)
  assert.is(fasterDriverHint({ advice: 'nothing to install' }), undefined)
})

test.run()
