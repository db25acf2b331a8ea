import type { TopicAuditResult, TopicAuditRun } from '../../../command/src/integrity';
import type { Client } from './client';
import type { Io } from './io';
import { CliError } from './io';
import { showProgress } from './progress';

const POLL_MS = 300;

/** Has the instance compare its topic of events with the store. @throws Refused where there is none; CliError when it cannot. */
export const runTopicComparison = async (io: Io, client: Client): Promise<TopicAuditResult> => {
  await client.send('POST', ['audit', 'topic']);
  const progress = showProgress(io, 'events topic', 1);
  try {
    for (;;) {
      const { comparison } = await client.get<{ comparison?: TopicAuditRun }>(['audit', 'topic']);
      if (!comparison) throw new CliError('The comparison was lost: the instance was restarted');
      if (comparison.phase === 'done') return comparison.result;
      if (comparison.phase === 'failed') throw new CliError(`The events topic could not be compared: ${comparison.says}`);
      progress.update(0, `${comparison.eventsRead} events`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    progress.stop();
  }
};
