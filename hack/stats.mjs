// Prints medians of file and function lengths (lines of code: no blanks, no comments). Run by `make stats`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const files = execFileSync('git', ['ls-files', '*.ts'], { encoding: 'utf8' }).split('\n').filter(Boolean);
const isTest = (file) => file.endsWith('.test.ts') || file.startsWith('test/');

const codeLines = (text) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length;

function functionsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const lengths = [];
  const visit = (node) => {
    if (
      (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node)) &&
      node.body
    ) {
      lengths.push(codeLines(source.text.slice(node.getStart(source), node.end)));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lengths;
}

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;

function report(name, lengths) {
  const sorted = lengths.toSorted((a, b) => a - b);
  console.log(
    `${name.padEnd(22)}${String(sorted.length).padStart(6)}   median ${at(sorted, 0.5)}, p90 ${at(sorted, 0.9)}, longest ${at(sorted, 1)}`,
  );
}

const sources = files.filter((file) => !isTest(file));
const tests = files.filter(isTest);
const lines = (list) => list.map((file) => codeLines(readFileSync(file, 'utf8')));
report('files', lines(sources));
report('functions', sources.flatMap(functionsOf));
report('test files', lines(tests));
const sum = (list) => lines(list).reduce((total, count) => total + count, 0);
console.log(`lines of code: ${sum(sources)}, of tests: ${sum(tests)}`);
