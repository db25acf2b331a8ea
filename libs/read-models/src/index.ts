export * from './model';
export * from './payments/projection';
export * from './flows/projection';
export * from './credits/projection';
export * from './files/projection';
export * from './organizations/projection';
export * from './coverage/projection';
