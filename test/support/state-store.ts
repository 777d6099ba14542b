import { OPERATOR_NAMESPACE } from './operator.js';
import { Program } from './program.js';

/**
 * The embedded state store as a process. It takes the port that its URLs name, on a loopback address of its own, so
 * that several can run on one machine.
 */
export class StateStore extends Program {
  private constructor(
    options: ConstructorParameters<typeof Program>[1],
    /** Where Service names have to lead. */
    readonly address: string,
  ) {
    super('dist/state-store.js', options);
  }

  static prepare(kubeconfig: string): StateStore {
    const address = `127.${number()}.${number()}.${number()}`;
    const args = [`--kubeconfig=${kubeconfig}`, `--namespace=${OPERATOR_NAMESPACE}`, `--listen=${address}:27017`];
    return new StateStore({ args }, address);
  }
}

function number(): number {
  return 1 + Math.floor(Math.random() * 250);
}
