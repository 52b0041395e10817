// Monaco's workers, bundled here instead of loaded from a CDN.
import 'graphiql/setup-workers/vite';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { pick, useGraphiQL } from '@graphiql/react';
import { GraphiQL } from 'graphiql';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { loadConfig, type PageConfig } from './config';
import { createFetcher } from './fetcher';
import { start } from './live-feed';
import { LIVE_PANEL } from './live-panel';
import { lostFeeds } from './lost-feeds';
import { createStorage } from './storage';
import { useStore } from './store';
import './style.css';

const WELCOME = `# Ordergate's API. The book icon shows its schema.
# Ctrl-Enter runs an operation, Ctrl-Space completes names.
# Your token goes into the Headers tab below:
#   { "Authorization": "Bearer …" }
query Hello {
  __typename
}
`;

// Outside the component: a new plugin object at each render would reopen the panel.
const PLUGINS = [HISTORY_PLUGIN, explorerPlugin(), LIVE_PANEL];

function Page({ config }: { config: PageConfig }) {
  const headers = config.defaultHeaders && JSON.stringify(config.defaultHeaders, null, 2);
  // GraphiQL names a tab after its operation, so the name it was given heads the query.
  const tabs = config.defaultTabs?.map(({ name, query, variables }) => ({
    query: name ? `# ${name}\n${query}` : query,
    variables,
    headers,
  }));
  return (
    <>
      {config.notice && <p className="notice">{config.notice}</p>}
      <LostFeeds />
      <GraphiQL
        fetcher={createFetcher(config.defaultHeaders)}
        plugins={PLUGINS}
        defaultQuery={WELCOME}
        defaultHeaders={headers}
        defaultTabs={tabs?.length ? tabs : undefined}
        // A tab's variables are what one changes; its headers, mostly a token, are one click away.
        defaultEditorToolsVisibility="variables"
        visiblePlugin={config.live ? LIVE_PANEL : undefined}
        shouldPersistHeaders={false}
        storage={createStorage(headers)}
      >
        <GraphiQL.Logo>
          <span className="brand">Ordergate</span>
        </GraphiQL.Logo>
        <WrappedLines />
      </GraphiQL>
    </>
  );
}

/** Long comments are read to their end. GraphiQL has no setting for it. */
function WrappedLines() {
  const editors = useGraphiQL(pick('queryEditor', 'variableEditor'));
  useEffect(() => {
    for (const editor of Object.values(editors)) {
      editor?.updateOptions({ wordWrap: 'on', wrappingIndent: 'indent' });
    }
  });
  return null;
}

function LostFeeds() {
  if (useStore(lostFeeds) === 0) return null;
  return (
    <p className="notice lost" role="alert">
      The connection of the tab's feed is lost. It is tried again; a feed with $after goes on without a hole.
    </p>
  );
}

const config = await loadConfig();
if (config.live) start(config.defaultHeaders ?? {});
createRoot(document.getElementById('graphiql')!).render(<Page config={config} />);
