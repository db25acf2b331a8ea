import * as features from '@eventstore/db-client/generated/serverfeatures_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import * as grpc from '@grpc/grpc-js';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { append, batchAppend, type Fate } from './appending';
import { Journal } from './journal';
import { Log } from './log';
import { read } from './reading';

export interface DoubleOptions {
  /** Where the log is kept; in memory only when absent. */
  readonly file?: string;
  /** 0, the default, for a free one. */
  readonly port?: number;
}

const STREAMS = 'event_store.client.streams.Streams';

const supportedMethods = (): features.SupportedMethods => {
  const methods = ['append', 'batchappend', 'read'].map((name) =>
    new features.SupportedMethod().setMethodName(name).setServiceName(STREAMS),
  );
  return new features.SupportedMethods().setEventStoreServerVersion('24.10.0').setMethodsList(methods);
};

/**
 * A double of EventStoreDB for tests: a gRPC server on loopback that speaks the part of the protocol which the adapter uses, over the
 * service definitions that the client ships. It proves how we use the client, not what the real server does; where the real one leaves
 * room (positions, checkpoints, repeated appends) it takes the most awkward behaviour allowed. The contract suite runs on real servers too.
 */
export class EventStoreDouble {
  readonly log: Log;
  /** The fate of every append; tests replace it. */
  fate: (stream: string) => Fate = () => 'answer';
  /** Milliseconds before an append is answered. */
  delayMs = 0;
  /** Events sent by reads so far. */
  eventsRead = 0;
  /** Events sent by subscriptions so far. */
  eventsPushed = 0;
  private readonly journal: Journal | undefined;
  private readonly sockets = new Set<Socket>();
  private listener: Server | undefined;
  private grpcServer: grpc.Server | undefined;
  private port: number;

  private constructor({ file, port = 0 }: DoubleOptions) {
    this.journal = file === undefined ? undefined : new Journal(file);
    this.log = new Log(this.journal);
    this.port = port;
  }

  static async start(options: DoubleOptions = {}): Promise<EventStoreDouble> {
    const double = new EventStoreDouble(options);
    await double.resume();
    return double;
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.sockets.size;
  }

  /** Breaks every connection, as a pulled cable does; new ones are taken at once. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Goes away, as a killed server does: the port is closed, the log is kept for `resume`. */
  async stop(): Promise<void> {
    if (!this.listener) return;
    const closed = once(this.listener, 'close');
    this.listener.close();
    this.cut();
    this.grpcServer!.forceShutdown();
    this.listener = this.grpcServer = undefined;
    await closed;
  }

  /** Comes back on the same port with the same log. */
  async resume(): Promise<void> {
    if (this.listener) return;
    const server = new grpc.Server({ 'grpc.max_receive_message_length': 8 * 1024 * 1024 });
    server.addService(StreamsService, {
      append: append(this),
      batchAppend: batchAppend(this),
      read: read(this.log, { read: () => this.eventsRead++, pushed: () => this.eventsPushed++ }),
    });
    server.addService(ServerFeaturesService, {
      getSupportedMethods: (_call: unknown, callback: grpc.sendUnaryData<features.SupportedMethods>) => callback(null, supportedMethods()),
    });
    const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
    this.grpcServer = server;
    this.listener = createServer((socket) => {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
      injector.injectConnection(socket);
    });
    this.listener.listen(this.port, '127.0.0.1');
    await once(this.listener, 'listening');
    this.port = (this.listener.address() as AddressInfo).port;
  }

  /** Stops and lets go of the file. */
  async close(): Promise<void> {
    await this.stop();
    this.journal?.close();
  }
}
