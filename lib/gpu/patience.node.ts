// Waiting for the device without wearing it out. In Node, Dawn asks a device again and again, in a busy loop, whether it is done: on a
// software adapter that takes a core from the very work that is waited for. Here the thread sleeps a little between two looks.

/** Milliseconds that one nap takes at most: what a wait can end late by, and other events of the process be held up. */
const LONGEST_NAP_MS = 1
/** A nap's share of the time waited so far: short work is hardly kept waiting. */
const SHARE = 1 / 8

const cell = new Int32Array(new SharedArrayBuffer(4))
let waits = 0
let since = 0
/** Whether a nap is due at the next turn: a wait that begins before it must not bring another, or they would add up without end. */
let isDue = false

/** The promise of something that the device does, kept as it would be without this. */
export async function patiently<T>(work: Promise<T>): Promise<T> {
  waits++
  if (waits === 1) since = performance.now()
  if (!isDue) {
    isDue = true
    setImmediate(nap)
  }
  try {
    return await work
  } finally {
    waits--
  }
}

/** Sleeps once a turn of the event loop while anybody waits. */
function nap(): void {
  isDue = waits > 0
  if (!isDue) return
  Atomics.wait(cell, 0, 0, Math.min(LONGEST_NAP_MS, SHARE * (performance.now() - since)))
  setImmediate(nap)
}
