// All tests in one process, so that they share a browser and the pages that they look at.

import { readdirSync } from 'node:fs';

for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.mjs')).sort()) await import(`./${file}`);
