import { pick, useGraphiQL, type GraphiQLPlugin } from '@graphiql/react';
import type { HeaderMap } from './feed';
import { liveFeed, start, stop, type Change, type LiveFeed } from './live-feed';
import { useStore } from './store';

const STATES: Record<LiveFeed['state'], string> = {
  off: 'Not watching.',
  connecting: 'Connecting …',
  live: 'Live.',
  lost: 'Connection lost. Trying again; nothing will be missing.',
  ended: 'Ended.',
};

/** Beside the tabs: every move of every order, whichever tab is in front. */
export const LIVE_PANEL: GraphiQLPlugin = { title: 'Live Orders', icon: Icon, content: Panel };

function Panel() {
  const { headerEditor, initialHeaders } = useGraphiQL(pick('headerEditor', 'initialHeaders'));
  const { state, problem, changes } = useStore(liveFeed);
  const watching = state === 'connecting' || state === 'live' || state === 'lost';
  const begin = () => start(readHeaders(headerEditor?.getValue() ?? initialHeaders ?? ''));
  return (
    <section className="live" aria-label="Live Orders">
      <div className="graphiql-doc-explorer-title">Live Orders</div>
      <p className="live-state" data-state={state} role="status">
        {STATES[state]} {problem}
      </p>
      <button type="button" className="graphiql-button" onClick={watching ? stop : begin}>
        {watching ? 'Stop watching' : "Watch with this tab's headers"}
      </button>
      <ol className="live-changes" role="log">
        {changes.map((change) => (
          <Row key={change.position} {...change} />
        ))}
      </ol>
    </section>
  );
}

function Row({ position, occurredAt, from, to, actor, reason, order }: Change) {
  return (
    <li>
      <div>
        <b>{order?.number}</b> {order?.customer?.name}
      </div>
      <div>
        {from ?? 'new'} → <b>{to}</b>
        {reason && `: ${reason}`}
      </div>
      <small>
        {position} · {new Date(occurredAt).toLocaleTimeString()} · {actor}
      </small>
    </li>
  );
}

/** What the headers editor holds; nothing while it is no JSON. */
function readHeaders(text: string): HeaderMap {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return {};
  }
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M2 12h4l3-8 5 16 3-8h5" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
