import { OPERATOR_NAMESPACE } from './operator.js';
import { Program } from './program.js';

/**
 * The embedded state store as a process. It takes the port that its URLs name, on a loopback address of its own, so
 * that several can run on one machine.
 */
export class StateStore extends Program {
  /** Where Service names have to lead. */
  readonly address: string;

  constructor(kubeconfig: string) {
    const address = `127.${number()}.${number()}.${number()}`;
    super('dist/state-store.js', {
      args: [`--kubeconfig=${kubeconfig}`, `--namespace=${OPERATOR_NAMESPACE}`, `--listen=${address}:27017`],
    });
    this.address = address;
  }
}

function number(): number {
  return 1 + Math.floor(Math.random() * 250);
}
