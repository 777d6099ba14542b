import { Reconciles } from '../../../../runtime/controller/index.js';
import { Rbac, resourceOf } from '../../../../runtime/schema/index.js';
import { Toy } from './toy.js';

/** As much of a reconciler as the generator looks at. */
@Reconciles(resourceOf(Toy))
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
export class ToyReconciler {
  watch(): void {
    // Watches nothing but toys.
  }
}
