// Reads CSV by csv-parse. In: a line of JSON a file, {text, delimiter}; out: a line of its rows.
import { parse } from "csv-parse/sync";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { text, delimiter } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(parse(text, { bom: true, delimiter }))}\n`);
}
