/** What a client needs of the built-in kickstart. All of it is public, so none of it is a secret. */
export const builtIn: {
  readonly applicationId: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly issuer: string;
  readonly apiKey: string;
  readonly email: string;
  readonly password: string;
};

/** The emulator did not start, refused a call, or sent no mail in time. */
export class EmulatorError extends Error {}

export interface StartOptions {
  /** The kickstart file. Without it, the built-in kickstart sets up one application and one user; see {@link builtIn}. */
  kickstart?: string;
  /** Further flags of the program, such as `--strict`. `fusionauth-emulator --help` lists them. */
  args?: readonly string[];
  /** Variables for `#{ENV.…}` in the kickstart file, in addition to this process's environment. */
  env?: Readonly<Record<string, string>>;
  /** Called with each line of the emulator's log. */
  log?: (line: string) => void;
}

export type Topic =
  | "forgotPassword"
  | "setPassword"
  | "verifyEmail"
  | "verifyRegistration"
  | "twoFactorCode"
  | "passwordless"
  | "passwordResetSuccess"
  | "passwordUpdate"
  | "emailVerified"
  | "twoFactorMethodAdd"
  | "twoFactorMethodRemove"
  | "chosen";

/** An email or SMS that FusionAuth would have sent. */
export interface Message {
  id: string;
  /** When the message was sent, in milliseconds since 1970, by the emulated clock. */
  instant: number;
  topic: Topic;
  userId: string | null;
  /** An email address or a phone number. */
  to: string;
  from: string;
  /** Empty if the template has none. */
  fromName: string;
  subject: string;
  text: string;
  /** Empty without a template. */
  html: string;
  /** The data that the recipient uses: `code`, `changePasswordId`, `verificationId` and the like. */
  values: Record<string, string>;
}

export interface MailFilter {
  to?: string;
  topic?: Topic;
  /** How long to wait for a message: 10 seconds unless given, at most 600. */
  timeoutSeconds?: number;
}

/** What goes wrong, for which requests, and how often. `path` and one effect are enough. */
export interface Fault {
  /** The path of the requests, or its beginning followed by `*`. */
  path: string;
  /** The method of the requests; without it any method. */
  method?: string;
  /** The number of requests to which the fault applies; without it all. */
  times?: number;
  forMilliseconds?: number;
  /** Holds requests before they are handled, or before they are answered, until the fault is removed. */
  hold?: "request" | "answer";
  delayRequestMilliseconds?: number;
  delayAnswerMilliseconds?: number;
  /** The status of an answer that replaces FusionAuth's. The request is then not handled. */
  status?: number;
  /** The body of the answer with `status`. */
  html?: string;
  /** The `Retry-After` of the answer with `status`. */
  retryAfterSeconds?: number;
  /** Closes the connection before the first byte of the answer, or after half of the body. */
  cut?: "headers" | "body";
}

export interface InjectedFault {
  /** Waits until the fault holds this many requests at once. Returns how many it holds. */
  held(count: number): Promise<number>;
  /** Ends the fault, and releases the requests that it holds. */
  remove(): Promise<void>;
}

/** A request that the emulator has answered. */
export interface AnsweredRequest {
  method: string;
  /** The pattern of the path, such as `/api/user/{userId}`; `null` for a path that FusionAuth does not have. */
  route: string | null;
  status: number;
}

/** A running emulator. Several can run at the same time; they share nothing. */
export class Emulator {
  /** Uses an emulator that is already running, such as one that another process has started. `stop` does not end it. */
  constructor(url: string);
  /**
   * Starts an emulator on a free port, and waits until it accepts requests.
   * It ends with this process, even if the process is killed.
   */
  static start(options?: StartOptions): Promise<Emulator>;
  /** The URL of the emulator, without a trailing slash. Give it to your application as FusionAuth's URL. */
  readonly url: string;
  /** Returns the oldest message that this object has not returned yet, and waits for it if it is not there. */
  mail(filter?: MailFilter): Promise<Message>;
  /**
   * Advances the emulated clock, by which everything expires. Only `reset` sets it back. An application with a clock of its own still
   * accepts old tokens, and refuses new ones as issued in the future; see {@link expiredToken}.
   */
  advance(seconds: number): Promise<void>;
  /** An access token of this user that has expired by every clock: 60 seconds ago, or `secondsAgo`. */
  expiredToken(user: { applicationId: string; loginId: string; secondsAgo?: number }): Promise<string>;
  /** Makes requests fail, wait, or get another answer. */
  fault(fault: Fault): Promise<InjectedFault>;
  /** The latest answered requests, at most 1,000, without those of the kickstart and of this object. */
  requests(): Promise<AnsweredRequest[]>;
  /** Sets everything up as a first start does: data, clock, faults, mail and requests. Signing keys are new. */
  reset(): Promise<void>;
  /** Ends the emulator, and waits until it has ended. */
  stop(): Promise<void>;
}
