import ts from 'typescript';

/** The text of a declaration's doc comment on one line; undefined if it has none. */
export function docTextOf(node: ts.Node): string | undefined {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  const text = ts.getTextOfJSDocComment(comment?.comment);
  const line = text?.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? undefined : line;
}
