import type { MetricsRegistry } from '@quadra/platform';
import type { Intake } from '../intake';

/** Counts the files that come in, around the intake. */
export const countedIntake = (metrics: MetricsRegistry, intake: Intake): Intake => {
  const files = metrics.counter('quadra_files_taken_in_total', 'Files taken in, and repetitions of files that were here.');
  return {
    ...intake,
    accept: async (org, file) => {
      const acceptance = await intake.accept(org, file);
      files.add({ outcome: acceptance.duplicate ? 'duplicate' : 'accepted' });
      return acceptance;
    },
  };
};
