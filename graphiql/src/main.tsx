// Monaco's workers, bundled here instead of loaded from a CDN.
import 'graphiql/setup-workers/vite';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { loadConfig, type PageConfig } from './config';
import { createFetcher } from './fetcher';
import { createStorage } from './storage';
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
const PLUGINS = [HISTORY_PLUGIN, explorerPlugin()];

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
      <GraphiQL
        fetcher={createFetcher(config.defaultHeaders)}
        plugins={PLUGINS}
        defaultQuery={WELCOME}
        defaultHeaders={headers}
        defaultTabs={tabs?.length ? tabs : undefined}
        shouldPersistHeaders={false}
        storage={createStorage(headers)}
      >
        <GraphiQL.Logo>
          <span className="brand">Ordergate</span>
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

const config = await loadConfig();
createRoot(document.getElementById('graphiql')!).render(<Page config={config} />);
