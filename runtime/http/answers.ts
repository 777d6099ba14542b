/** What one path answers. */
export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A sentence for people; ends the line. */
export function textAnswer(code: number, text: string, headers?: Answer['headers']): Answer {
  return { code, contentType: 'text/plain; charset=utf-8', body: `${text}\n`, ...(headers && { headers }) };
}

/** Ends the answering of a request with a refusal that says why. */
export class RefusedRequest extends Error {
  readonly answer: Answer;

  constructor(code: number, why: string, headers?: Answer['headers']) {
    super(why);
    this.name = 'RefusedRequest';
    this.answer = textAnswer(code, why, headers);
  }
}
