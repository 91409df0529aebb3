import { Session, type HeapProfiler, type Profiler as Cpu } from 'node:inspector'

/** Bytes between two samples: small enough for a figure per function after a few thousand requests. */
const SAMPLING_INTERVAL = 1_024
/** Microseconds between two samples. */
const CPU_INTERVAL = 100

/** V8's profilers of this process. */
export class Profiler {
  readonly #session = new Session()

  /** Samples what is allocated, also what the collector has taken again. */
  async startAllocations (): Promise<void> {
    this.#session.connect()
    await this.#post('HeapProfiler.startSampling', {
      samplingInterval: SAMPLING_INTERVAL, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true
    })
  }

  async stopAllocations (): Promise<HeapProfiler.SamplingHeapProfileNode> {
    const { profile } = await this.#post<{ profile: HeapProfiler.SamplingHeapProfile }>('HeapProfiler.stopSampling')
    this.#session.disconnect()
    return profile.head
  }

  async startProfile (): Promise<void> {
    this.#session.connect()
    await this.#post('Profiler.enable')
    await this.#post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL })
    await this.#post('Profiler.start')
  }

  async stopProfile (): Promise<Cpu.Profile> {
    const { profile } = await this.#post<{ profile: Cpu.Profile }>('Profiler.stop')
    this.#session.disconnect()
    return profile
  }

  async #post<R> (method: string, parameters: object = {}): Promise<R> {
    return await new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, result) => error === null ? resolve(result as R) : reject(error))
    })
  }
}
