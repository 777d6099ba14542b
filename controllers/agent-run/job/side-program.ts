import type { V1Probe } from '@kubernetes/client-node';

/** What a side program calls itself (its `comm`, 15 characters at most) once it hears that it is told to end. */
export const LISTENING = 'side-listening';

const LOOK = `const{readFileSync}=require('fs');(function look(){if(readFileSync('/proc/1/comm','utf8').trim()!=='${LISTENING}')setTimeout(look,20)})()`;

/**
 * For a native sidecar: whatever it stands beside begins only when it listens. The first process of a container never
 * sees a SIGTERM that comes before it has a handler, so one that is told to end while it still loads would be deaf until it
 * is killed, with what it should have handed on.
 */
export const LISTENING_PROBE: V1Probe = {
  exec: { command: ['/app/node', '-e', LOOK] },
  periodSeconds: 1,
  timeoutSeconds: 30,
  failureThreshold: 10,
};
