#!/bin/sh
# Rebuilds dist/, the GraphiQL page as the server embeds it. Needs node 20.12 or later.
set -eu
cd "$(dirname "$0")"

npm ci --no-audit --no-fund
npm run check
npm run build -- --logLevel warn
node compress.mjs
rm -r build
du -sh dist
