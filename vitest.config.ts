import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup/seed.ts"],
    globalSetup: ["test/setup/build.ts", "test/setup/wordpress.ts"],
    // Much of the time goes to waiting for servers and other processes: leave no core idle.
    maxWorkers: "100%",
    testTimeout: 30_000,
    hookTimeout: 120_000,
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "lcovonly"] },
  },
});
