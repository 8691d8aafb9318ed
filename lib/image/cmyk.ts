// Four inks as R, G, B, without a profile: what is left of the light after black and after the colour's own ink.

/** Turns C, M, Y, K (0: no ink, 255: all of it) into R, G, B at the front of the same bytes; returns that part. */
export function cmykToRgb(inks: Uint8Array): Uint8Array {
  const pixels = Math.floor(inks.length / 4)
  for (let pixel = 0; pixel < pixels; pixel++) {
    const light = 255 - (inks[4 * pixel + 3] ?? 0)
    for (let channel = 0; channel < 3; channel++) {
      const ink = inks[4 * pixel + channel] ?? 0
      inks[3 * pixel + channel] = light - Math.round((ink * light) / 255)
    }
  }
  return inks.subarray(0, 3 * pixels)
}
