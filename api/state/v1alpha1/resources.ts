import { resourceOf } from '../../../runtime/schema/index.js';
import { StateRecord } from './state-record.js';

export const STATE_RECORDS = resourceOf(StateRecord);
