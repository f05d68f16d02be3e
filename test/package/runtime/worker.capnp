using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "main",
    worker = (
      modules = [(name = "main", esModule = embed "worker.bundle.mjs")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
