import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const LEGAL_FILE = /^(licen[cs]e|copying|notice|copyright|third-?party)/i;

// Not said in the package's own files.
const CODICON = `The icon font "codicon" inside monaco-editor
Copyright (c) Microsoft Corporation
Licensed under the Creative Commons Attribution 4.0 International Public License,
https://creativecommons.org/licenses/by/4.0/
`;

/**
 * Writes the licence texts of the packages whose code is in the bundle.
 *
 * `collect` notes every package a module is loaded from; `emit` writes them all to `fileName`.
 * They are two plugins because workers are bundled apart, and before the page is complete.
 */
export function notices(fileName: string) {
  const folders = new Set<string>();

  const collect = (): Plugin => ({
    name: 'collect-packages',
    load(id) {
      const folder = packageFolder(id);
      if (folder) folders.add(folder);
    },
  });

  const emit = (): Plugin => ({
    name: 'emit-notices',
    generateBundle() {
      const entries = [...folders].map(describe).sort((a, b) => (a.title < b.title ? -1 : 1));
      // npm may install one version in two folders.
      const texts = new Set(entries.map(({ title, text }) => `${title}\n\n${text}`));
      const source = [...texts, CODICON].join(`\n${'-'.repeat(80)}\n\n`);
      this.emitFile({ type: 'asset', fileName, source });
    },
  });

  return { collect, emit };
}

/** The folder of the package that a module belongs to, if it is not one of ours. */
function packageFolder(id: string) {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
}

function describe(folder: string) {
  const { name, version, license, author, repository } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const files = legalFiles(folder);
  if (!files.length && license !== 'MIT') {
    throw new Error(`${name} is ${license} and carries no licence text`);
  }
  const holder = author?.name ?? author ?? `the contributors to ${repository?.url ?? name}`;
  const text = files.length
    ? files.map((file) => readFileSync(file, 'utf8').trim() + '\n').join('\n')
    : `Copyright (c) ${holder}\n\n${MIT}`;
  return { title: `${name} ${version} (${license})`, text };
}

function legalFiles(folder: string) {
  return readdirSync(folder)
    .filter((file) => LEGAL_FILE.test(file))
    .sort()
    .map((file) => join(folder, file));
}

// For packages that say "MIT" in package.json and leave the text out.
const MIT = readFileSync(join(import.meta.dirname, 'mit.txt'), 'utf8');
