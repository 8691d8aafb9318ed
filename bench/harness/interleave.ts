// Times several contenders in turn, round by round, so that whatever else the machine does meets all of them alike.

export interface Contender {
  readonly name: string
  /** One sample in milliseconds. */
  run(): Promise<number>
}

export interface Rounds {
  readonly rounds: number
  /** Milliseconds that one contender may take in all its rounds; a slow one gets fewer, never none. */
  readonly budget: number
  /** Milliseconds for which all run in turn, uncounted, before the first round: a GPU's clocks rise slowly, and fall while it waits. */
  readonly warmUp?: number
}

/** Samples by name. Each runs once before, uncounted, to warm up; `onRound` hears of the rounds that are done. */
export async function interleave(
  contenders: readonly Contender[],
  { rounds, budget, warmUp = 0 }: Rounds,
  onRound?: (done: number) => void,
): Promise<Map<string, number[]>> {
  const entries: { contender: Contender; rounds: number; samples: number[] }[] = []
  for (const contender of contenders) {
    const first = await contender.run()
    entries.push({ contender, rounds: Math.max(1, Math.min(rounds, Math.floor(budget / first))), samples: [] })
  }
  const warm = performance.now() + warmUp
  while (performance.now() < warm) for (const { contender } of entries) await contender.run()
  for (let round = 0; round < rounds; round++) {
    for (const entry of entries) if (round < entry.rounds) entry.samples.push(await entry.contender.run())
    onRound?.(round + 1)
  }
  return new Map(entries.map(({ contender, samples }) => [contender.name, samples]))
}
