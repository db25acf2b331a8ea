import type { FileFormat, OrganizationCommand } from '@quadra/domain';
import type { OrgId } from '@quadra/kernel';
import { Command, Query } from '@nestjs/cqrs';
import type { Acceptance, VoidAcceptance } from '../intake';

/** Who acts, and under which id the act is known. */
export interface Act {
  readonly actor: string;
  readonly commandId: string;
}

export interface Written {
  readonly position: string;
  /** False when everything was so already. */
  readonly changed: boolean;
}

/** Registers a body, or changes its settings. */
export class DecideOrganization extends Command<Written> {
  constructor(
    readonly org: OrgId,
    readonly command: OrganizationCommand,
    readonly act: Act,
  ) {
    super();
  }
}

/** Takes a file in; its bytes are durable when this is done. */
export class TakeFileIn extends Command<Acceptance> {
  constructor(
    readonly org: OrgId,
    readonly name: string,
    readonly content: AsyncIterable<Uint8Array>,
    readonly requestedFormat: FileFormat | undefined,
    readonly act: Act,
  ) {
    super();
  }
}

/** Takes a file back: that it is wrong is durable when this is done. */
export class TakeFileBack extends Command<VoidAcceptance> {
  constructor(
    readonly org: OrgId,
    readonly fileId: string,
    readonly reason: string,
    readonly act: Act,
  ) {
    super();
  }
}

/** The rejected records of a file, as pieces of CSV. */
export class GetRejects extends Query<AsyncIterable<string>> {
  constructor(
    readonly org: OrgId,
    readonly fileId: string,
  ) {
    super();
  }
}

/** A file as it came. */
export class GetOriginal extends Query<{ name: string; bytes: number; stream: AsyncIterable<Uint8Array> }> {
  constructor(
    readonly org: OrgId,
    readonly fileId: string,
  ) {
    super();
  }
}
