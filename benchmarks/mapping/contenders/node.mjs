// jsonata and fumifier: same protocol as ../process.py. Usage: node.mjs ENGINE CACHE_FOLDER
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [engine, folder] = process.argv.slice(2);
const here = new URL('.', import.meta.url);
const answer = (what) => process.stdout.write(JSON.stringify(what) + '\n');
console.log = console.error;

function codes(table) {
  const read = JSON.parse(readFileSync(new URL(`../map/${table}.json`, here)));
  return Object.fromEntries(read.group[0].element.map((row) => [row.code, row.target[0].code]));
}

async function compiled() {
  const path = createRequire(folder + '/package.json').resolve(engine);
  const found = await import(pathToFileURL(path));
  const made = found.default?.default ?? found.default ?? found[engine];
  const expression = await made(readFileSync(new URL('claim-msg.jsonata', here), 'utf8'));
  const tables = { types: codes('claim-type'), services: codes('service') };
  return (claim) => expression.evaluate(claim, tables);
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function timed(run, given, seconds) {
  let count = 0;
  let size = 1;
  const begun = cpu();
  for (;;) {
    for (let n = 0; n < size; n += 1) await run(given);
    count += size;
    const spent = Math.max(cpu() - begun, 1e-6);
    if (spent >= seconds) return spent / count;
    size = Math.max(1, Math.min(Math.floor((count * 0.1 * seconds) / spent), count));
  }
}

try {
  const map = await compiled();
  const forms = {
    'in memory': [(text) => JSON.parse(text), map, (made) => made],
    bytes: [
      (text) => Buffer.from(text),
      async (body) => Buffer.from(JSON.stringify(await map(JSON.parse(body)))),
      (body) => JSON.parse(body),
    ],
  };
  const given = {};
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    const [read, run, show] = forms[asked.form] ?? [];
    try {
      if (asked.do === 'forms') answer({ forms: Object.keys(forms) });
      else if (asked.do === 'load') {
        given[asked.form] = read(asked.claim);
        answer({ output: show(await run(given[asked.form])) });
      } else answer({ seconds: await timed(run, given[asked.form], asked.seconds) });
    } catch (error) {
      answer({ error: String(error.message ?? error) });
    }
  }
} catch (error) {
  answer({ error: String(error.message ?? error) });
}
