import { inject, injectable } from 'inversify';
import { Reader } from '../cache/index.js';
import { Client } from '../client/index.js';
import { Clock } from '../clock/index.js';
import { EventRecorder, StatusWriter } from '../status/index.js';
import { Finalizers } from './finalizers.js';

/** What every reconciler works with; one parameter instead of six. */
@injectable()
export class ReconcilerDeps {
  @inject(Client) readonly client!: Client;
  @inject(Reader) readonly reader!: Reader;
  @inject(StatusWriter) readonly status!: StatusWriter;
  @inject(Finalizers) readonly finalizers!: Finalizers;
  @inject(EventRecorder) readonly events!: EventRecorder;
  @inject(Clock) readonly clock!: Clock;
}
