// The code in the documentation, taken out to be run.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '../../..');

/** The fenced blocks of a page of the repository, in order: their language and their text. */
export async function blocks(page) {
  const text = await readFile(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language, code }));
}

/** The blocks that begin with their file's name, by that name. */
export async function files(page) {
  const named = (await blocks(page)).map(({ code }) => [code.match(/^\/\/ (\S+\.\w+)\n/)?.[1], code]);
  return Object.fromEntries(named.filter(([name]) => name));
}

/** Files of a page as modules: TypeScript is checked against the packages that it uses. Gone with `remove`. */
export class Modules {
  static async of(page, names) {
    const modules = new Modules();
    const all = await files(page);
    // Beside the packages that they import.
    modules.folder = await mkdtemp(join(HERE, '../snippets-'));
    for (const name of names) await writeFile(join(modules.folder, name), all[name]);
    modules.#compile(names.filter((name) => name.endsWith('.ts')));
    for (const name of names.filter((name) => name.endsWith('.ts'))) {
      const compiled = join(modules.folder, name.replace(/\.ts$/, '.js'));
      // Node wants the extension, which a bundler does not.
      const code = (await readFile(compiled, 'utf8')).replace(/from '(\.\/\w+)'/g, "from '$1.js'");
      await writeFile(compiled, code);
    }
    return modules;
  }

  /** What a file exports. */
  import(name) {
    return import(pathToFileURL(join(this.folder, name.replace(/\.ts$/, '.js'))));
  }

  remove() {
    return rm(this.folder, { recursive: true, force: true });
  }

  #compile(names) {
    const program = ts.createProgram(names.map((name) => join(this.folder, name)), {
      strict: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      types: [],
      skipLibCheck: true,
    });
    const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
    if (problems.length > 0) {
      throw new Error(ts.formatDiagnostics(problems, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => this.folder,
        getNewLine: () => '\n',
      }));
    }
  }
}
