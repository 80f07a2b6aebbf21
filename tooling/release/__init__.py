"""Makes a release: `make release` prepares it, .github/workflows/release.yml publishes it."""
