import { follow, type HeaderMap } from './feed';
import { post } from './post';
import { Store } from './store';

const MOST_CHANGES = 200;

const LIVE = `subscription Live($after: FeedCursor) {
  orderStatusChanged(after: $after) {
    position
    occurredAt
    from
    to
    actor
    reason
    order {
      number
      customer {
        name
      }
    }
  }
}`;

/** One move of one order. */
export interface Change {
  position: string;
  occurredAt: string;
  from: string | null;
  to: string;
  actor: string | null;
  reason: string | null;
  order: { number: string; customer: { name: string } | null } | null;
}

/** The feed of the panel, which goes on whatever the tabs do. */
export interface LiveFeed {
  state: 'off' | 'connecting' | 'live' | 'lost' | 'ended';
  /** Why it ended. */
  problem?: string;
  /** The newest first. */
  changes: Change[];
}

export const liveFeed = new Store<LiveFeed>({ state: 'off', changes: [] });

// The newest beginning: an older one that is still on its way comes to nothing.
let current = 0;
let stopFollowing: (() => void) | undefined;

/** Begins to watch, as whoever these headers sign in. */
export async function start(headers: HeaderMap) {
  stop();
  const mine = current;
  update({ state: 'connecting', problem: undefined });
  // With a place to begin at, even what happens before the first event is not missed.
  const { data, errors } = await post({ query: '{ feedCursor }' }, headers).catch((error) => ({
    errors: [error],
  }));
  if (mine !== current) return;
  if (errors) return update({ state: 'ended', problem: told(errors) });
  const variables = { after: data.feedCursor };
  stopFollowing = follow({ query: LIVE, variables }, headers, true, {
    next({ data, errors }) {
      if (errors) return update({ problem: told(errors) });
      const change = data?.orderStatusChanged as Change;
      update({ changes: [change, ...liveFeed.value.changes].slice(0, MOST_CHANGES) });
    },
    error: (problem) => update({ state: 'ended', problem: told(problem) }),
    complete: () => update({ state: 'ended' }),
    connected: (is) => update({ state: is ? 'live' : 'lost' }),
  });
}

export function stop() {
  current += 1;
  stopFollowing?.();
  stopFollowing = undefined;
  update({ state: 'off' });
}

function update(change: Partial<LiveFeed>) {
  liveFeed.set({ ...liveFeed.value, ...change });
}

function told(problem: unknown) {
  const problems = Array.isArray(problem) ? problem : [problem];
  return problems.map((it) => it?.message ?? String(it)).join(' ');
}
