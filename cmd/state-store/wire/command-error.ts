/** MongoDB's own error codes, as far as they are given here; drivers act on the numbers. */
export const ErrorCode = {
  BadValue: 2,
  HostUnreachable: 6,
  FailedToParse: 9,
  Unauthorized: 13,
  TypeMismatch: 14,
  AuthenticationFailed: 18,
  CursorNotFound: 43,
  MaxTimeMSExpired: 50,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  ShutdownInProgress: 91,
  TransactionTooOld: 225,
  NotImplemented: 238,
  OperationNotSupportedInTransaction: 263,
  ExceededMemoryLimit: 292,
  DataCorruptionDetected: 354,
  UnsupportedOpQueryCommand: 352,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  Location15952: 15952,
  Location40324: 40324,
  UnknownField: 40415,
  NotARetryableWriteCommand: 50768,
} as const;

export type ErrorCodeName = keyof typeof ErrorCode;

/** A request that was understood and is refused: the client is told, and the connection lives on. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly codeName: ErrorCodeName,
    message: string,
    /** Further fields of the answer, such as the key of a duplicate. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  get code(): number {
    return ErrorCode[this.codeName];
  }
}

/** Bytes that are not the protocol: there is nobody to talk to, the connection is closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
