import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds; those that are not named take less. What takes long begins first, or at the end one worker is left with it. */
const SECONDS: Record<string, number> = {
  'streams/wecom-times': 60,
  'delivery/late': 59,
  'doors/contract': 37,
  'streams/slow-handlers': 29,
  'api/true-time': 23,
  'redis/blips': 22,
  'bullmq/orphans': 50,
  'redis/streams': 36,
  'delivery/shutdown': 18,
  'streams/ends': 17,
  'delivery/in-time': 17,
  'package/consumer': 60,
  'docs/code': 40,
  'example-app': 79,
  'browser/readable': 46,
  'package/express': 40,
  'package/tsdoc': 34,
  'package/redis-peers': 46,
  'browser/streams': 27,
  'package/frameworks': 27,
  'browser/many': 26,
  'bench/bench': 25,
  'browser/playground': 25,
  'browser/history': 23,
  'streams/source/types': 22,
  'browser/states': 20,
  'streams/many': 17,
  'cli/doctor': 18
}

/** Without the times of an earlier run, as on a fresh clone, Vitest goes by the size of files. */
export class LongestFirst extends BaseSequencer {
  override async sort (files: TestSpecification[]): Promise<TestSpecification[]> {
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || seconds(b) - seconds(a))
  }
}

function seconds ({ moduleId }: TestSpecification): number {
  return SECONDS[/\/test\/(.+)\.test\.ts$/.exec(moduleId)?.[1] ?? ''] ?? 0
}
