// Starts the provider and the API in one process. In production they are two services.
await import('./provider.js');
await import('./api.js');
