// The root of the repository has a lock file, too.
const root = import.meta.dirname;

export default { outputFileTracingRoot: root, turbopack: { root } };
