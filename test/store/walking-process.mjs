import { walk } from '#test/store/walk.js';

const [url, end] = process.argv.slice(2);
await walk(url, Number(end));
