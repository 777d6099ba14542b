import { Command, CommanderError } from 'commander';
import { unsupported } from './failure.js';

/** Which installation or set, in Porter's namespace; no namespace given: the configuration's. */
export interface Target {
  readonly name: string;
  readonly namespace?: string;
}

/** What may be given with an action on an installation that exists. */
export interface ActionOverrides {
  readonly reference?: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly credentialSets: readonly string[];
  readonly parameterSets: readonly string[];
}

/** What the agent is told to do. */
export type AgentCommand =
  | { readonly kind: 'apply-installation'; readonly file: string; readonly force: boolean; readonly namespace?: string }
  | {
      readonly kind: 'run-action';
      readonly action: string;
      readonly target: Target;
      readonly overrides: ActionOverrides;
    }
  | { readonly kind: 'delete-installation'; readonly target: Target; readonly force: boolean }
  | { readonly kind: 'list-installations'; readonly namespace?: string; readonly name?: string }
  | { readonly kind: 'apply-set'; readonly set: SetKind; readonly file: string; readonly namespace?: string }
  | { readonly kind: 'delete-set'; readonly set: SetKind; readonly target: Target }
  | { readonly kind: 'side-program'; readonly program: SideProgram };

export type SetKind = 'credentials' | 'parameters';
/** Programs that run beside an agent or a bundle, in containers of their own. */
export type SideProgram = 'secrets restore' | 'secrets keep' | 'inputs' | 'outputs';

/** A command and how much of its log is wanted. */
export interface ParsedCommand {
  readonly command: AgentCommand;
  readonly quiet: boolean;
}

/** Porter's other names for the same commands. */
const SET_ALIASES: Readonly<Record<SetKind, readonly string[]>> = {
  credentials: ['credential', 'cred', 'creds'],
  parameters: ['parameter', 'param', 'params'],
};

interface CommonOptions {
  namespace?: string;
  output?: string;
  verbosity?: string;
  force?: boolean;
  name?: string;
  action?: string;
  reference?: string;
  param?: string[];
  credentialSet?: string[];
  parameterSet?: string[];
}

/**
 * Reads Porter's command line, as far as this agent goes.
 * @throws AgentFailure naming what is not supported
 */
export function parseCommandLine(args: readonly string[]): ParsedCommand {
  let parsed: ParsedCommand | undefined;
  const program = programOf((command, options = {}) => {
    parsed = { command, quiet: ['error', 'fatal', 'panic'].includes(options.verbosity ?? '') };
  });
  try {
    program.parse(['node', 'agent', ...args]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw unsupported(`"${args.slice(0, 3).join(' ')}" (${error.message.replace(/^error: /, '')})`);
  }
  if (parsed === undefined) throw unsupported(`"${args.join(' ')}"`);
  return parsed;
}

type Emit = (command: AgentCommand, options?: CommonOptions) => void;

function programOf(emit: Emit): Command {
  const program = quiet(new Command('agent'));
  const installation = quiet(program.command('installation').aliases(['installations', 'inst']));
  installationCommands(installation, emit);
  actionCommands(installation, emit);
  actionCommands(program, emit);
  for (const set of ['credentials', 'parameters'] as const) {
    setCommands(quiet(program.command(set).aliases(SET_ALIASES[set])), set, emit);
  }
  sideCommands(program, emit);
  return program;
}

function installationCommands(installation: Command, emit: Emit): void {
  common(installation.command('apply <file>'))
    .option('--force')
    .action((file: string, options: CommonOptions) => {
      const { force = false, namespace } = options;
      emit({ kind: 'apply-installation', file, force, namespace }, options);
    });
  common(installation.command('delete <name>'))
    .option('--force')
    .action((name: string, options: CommonOptions) => {
      const { force = false, namespace } = options;
      emit({ kind: 'delete-installation', target: { name, namespace }, force }, options);
    });
  common(installation.command('list'))
    .option('--name <name>')
    .action((options: CommonOptions) => {
      if (options.output !== 'json') throw unsupported('"installation list" without "-o json"');
      emit({ kind: 'list-installations', namespace: options.namespace, name: options.name }, options);
    });
}

function actionCommands(parent: Command, emit: Emit): void {
  const run = (action: string, name: string, options: CommonOptions) =>
    emit(
      { kind: 'run-action', action, target: { name, namespace: options.namespace }, overrides: overrides(options) },
      options,
    );
  overridable(parent.command('uninstall <name>')).action((name: string, options: CommonOptions) =>
    run('uninstall', name, options),
  );
  overridable(parent.command('invoke <name>'))
    .requiredOption('--action <action>')
    .action((name: string, options: CommonOptions) => run(options.action ?? '', name, options));
}

function setCommands(parent: Command, set: SetKind, emit: Emit): void {
  common(parent.command('apply <file>')).action((file: string, options: CommonOptions) =>
    emit({ kind: 'apply-set', set, file, namespace: options.namespace }, options),
  );
  common(parent.command('delete <name>')).action((name: string, options: CommonOptions) =>
    emit({ kind: 'delete-set', set, target: { name, namespace: options.namespace } }, options),
  );
}

function sideCommands(program: Command, emit: Emit): void {
  const secrets = quiet(program.command('secrets'));
  quiet(secrets.command('restore')).action(() => emit({ kind: 'side-program', program: 'secrets restore' }));
  quiet(secrets.command('keep')).action(() => emit({ kind: 'side-program', program: 'secrets keep' }));
  quiet(program.command('inputs')).action(() => emit({ kind: 'side-program', program: 'inputs' }));
  quiet(program.command('outputs')).action(() => emit({ kind: 'side-program', program: 'outputs' }));
}

function common(command: Command): Command {
  return quiet(command)
    .option('-n, --namespace <namespace>')
    .option('-o, --output <format>')
    .option('--verbosity <level>');
}

function overridable(command: Command): Command {
  return common(command)
    .option('-r, --reference <reference>')
    .option('--param <assignment>', '', oneMore, [])
    .option('-c, --credential-set <name>', '', oneMore, [])
    .option('-p, --parameter-set <name>', '', oneMore, []);
}

/** An option that may be given several times takes one value each time, as in Porter. */
function oneMore(value: string, before: string[]): string[] {
  return [...before, value];
}

function overrides({ reference, param = [], credentialSet = [], parameterSet = [] }: CommonOptions): ActionOverrides {
  const parameters = Object.fromEntries(param.map(assignment));
  return { reference, parameters, credentialSets: credentialSet, parameterSets: parameterSet };
}

function assignment(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw unsupported(`--param ${text} (it is not NAME=VALUE)`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** Nothing is printed or ended from inside the parser. */
function quiet(command: Command): Command {
  return command
    .exitOverride()
    .helpOption(false)
    .helpCommand(false)
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
}
