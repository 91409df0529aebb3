import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Seconds; those that are not named take less. What takes long begins first, or at the end one worker is left with it. */
const SECONDS: Record<string, number> = {
  'streams/wecom-times': 65,
  'delivery/late': 62,
  'bullmq/orphans': 56,
  'package/redis-peers': 55,
  'redis/streams': 43,
  'streams/slow-handlers': 30,
  'doors/contract': 25,
  'api/true-time': 24,
  'delivery/shutdown': 20,
  'redis/blips': 20,
  'bullmq/memory': 19,
  'delivery/in-time': 17,
  'streams/ends': 17,
  'api/call': 15,
  'bullmq/ends': 15,
  'streams/redis-away': 14,
  'example-app': 86,
  'package/consumer': 67,
  'browser/readable': 59,
  'package/express': 52,
  'package/frameworks': 50,
  'bench/bench': 47,
  'browser/many': 42,
  'browser/streams': 33,
  'browser/playground': 28,
  'browser/history': 27,
  'router/completion': 24,
  'package/tsdoc': 22,
  'browser/states': 20,
  'streams/many': 17,
  'cli/doctor': 18,
  'json/read': 17
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
