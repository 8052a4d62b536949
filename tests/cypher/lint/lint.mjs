// Lints Cypher files with Neo4j's own language support: syntax, variables, declared parameters.
//
//   node lint.mjs [--each-is-wrong] FOLDER...
//
// Prints file:line:column: message for every fault; exit code 1 where there is one, or where there is no file at all.
// With --each-is-wrong it is the other way round: a file without a fault fails (proof that the lint finds something).

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Its build for browsers has no module type that node could import.
const { lintCypherQuery } = createRequire(import.meta.url)("@neo4j-cypher/language-support");

function cypherFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return cypherFiles(path);
      return entry.name.endsWith(".cypher") ? [path] : [];
    })
    .sort();
}

function faults(path) {
  const text = readFileSync(path, "utf8");
  const parameters = Object.fromEntries([...text.matchAll(/^\/\/ param: (\w+) /gm)].map(([, name]) => [name, ""]));
  return lintCypherQuery(text, { parameters }).map(({ message, range: { start } }) => {
    return `${path}:${start.line + 1}:${start.character + 1}: ${message}`;
  });
}

const words = process.argv.slice(2);
const eachIsWrong = words.includes("--each-is-wrong");
const files = words.filter((word) => !word.startsWith("--")).flatMap(cypherFiles);
const found = new Map(files.map((path) => [path, faults(path)]));
const right = files.filter((path) => found.get(path).length === 0);

if (files.length === 0) {
  console.error("No Cypher files: nothing was linted.");
  process.exitCode = 1;
} else if (eachIsWrong) {
  right.forEach((path) => console.error(`${path}: no fault was found, but it is wrong on purpose.`));
  process.exitCode = right.length > 0 ? 1 : 0;
} else {
  files.flatMap((path) => found.get(path)).forEach((line) => console.error(line));
  console.log(`${files.length} Cypher files linted, ${files.length - right.length} with faults.`);
  process.exitCode = right.length < files.length ? 1 : 0;
}
