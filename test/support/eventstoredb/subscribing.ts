import type * as streams from '@eventstore/db-client/generated/streams_pb';
import { type LogEvent } from './events';
import { type Log } from './log';
import { caughtUpMessage, checkpointMessage, confirmationMessage, eventMessage, fellBehindMessage } from './messages';
import { type ReadCall, send } from './sending';

/** Events that the server looks through before it thinks of a checkpoint, unless the client says otherwise. */
const WINDOW = 32;

/** Events behind the end at which a live subscription is told that it fell behind. */
const BEHIND = 500;

type Filter = (event: LogEvent) => boolean;

const filterOf = (options: streams.ReadReq.Options): Filter => {
  const filter = options.getFilter();
  if (!filter) return () => true;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType()!;
  const subject = filter.hasStreamIdentifier() ? (e: LogEvent) => e.stream : (e: LogEvent) => e.type;
  const prefixes = expression.getPrefixList();
  if (prefixes.length > 0) return (e) => prefixes.some((prefix) => subject(e).startsWith(prefix));
  const regex = new RegExp(expression.getRegex());
  return (e) => regex.test(subject(e));
};

const firstIndex = (log: Log, options: streams.ReadReq.Options): number => {
  const all = options.getAll();
  if (!all) throw new RangeError('the double subscribes to $all only');
  if (all.hasStart()) return 0;
  if (all.hasEnd()) return log.events.length;
  const position = BigInt(all.getPosition()!.getCommitPosition());
  const index = log.indexOf(position);
  if (log.events[index]?.position !== position) throw new RangeError(`no event stands at ${position}, so nothing can be read after it`);
  return index + 1;
};

/**
 * A catch-up subscription to `$all`: confirmation, events that pass the filter, a checkpoint after every window, then at the end of
 * the log a checkpoint at the *end* (where the next event will stand) and `caughtUp`, and so on with what is written later. It walks
 * the log by index, so a slow consumer costs nothing here.
 */
export const subscribe = async (log: Log, call: ReadCall, over: AbortSignal, pushed: () => void): Promise<void> => {
  const options = call.request.getOptions()!;
  const filter = options.getFilter();
  const wanted = filterOf(options);
  const interval = (filter?.getMax() || WINDOW) * Math.max(1, filter?.getCheckpointintervalmultiplier() ?? 1);
  let index = firstIndex(log, options);
  let [considered, live] = [0, false];
  await send(call, confirmationMessage(), over);
  while (!over.aborted) {
    const event = log.events[index];
    if (!event) {
      if (!live) {
        if (filter) await send(call, checkpointMessage(log.end), over);
        await send(call, caughtUpMessage(), over);
      }
      live = true;
      if (index >= log.events.length) await log.moved(over);
      continue;
    }
    if (live && log.events.length - index > BEHIND) {
      live = false;
      await send(call, fellBehindMessage(), over);
    }
    index++;
    considered++;
    if (wanted(event)) {
      pushed();
      await send(call, eventMessage(event), over);
    }
    if (filter && considered % interval === 0) await send(call, checkpointMessage(event.position), over);
  }
};
