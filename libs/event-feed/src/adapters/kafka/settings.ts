import type { ConnectionOptions } from 'node:tls';

/** How a Kafka cluster is reached. */
export interface KafkaSettings {
  /** `host:port`, one or more. */
  readonly brokers: readonly string[];
  /** What this process calls itself in the logs of the brokers. */
  readonly clientId: string;
  /** `true` for TLS with the authorities of the system, or certificates of one's own. */
  readonly ssl?: boolean | Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'>;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** Warnings and errors of the client; most are passing, and what lasts is thrown. */
  readonly log?: (message: string) => void;
}
