#!/usr/bin/env bash
# Publishes the three executables (kafka-server, zookeeper-server, kafka-tools) to dist/bin, compiled ahead of time where the
# runtime allows (ReadyToRun). Needs the .NET 10 SDK and nothing else. Quiet unless something is wrong.
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

command -v dotnet >/dev/null || { echo "The .NET 10 SDK is needed to build: https://dotnet.microsoft.com/download/dotnet/10.0" >&2; exit 1; }
case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) echo "No build for machine type $(uname -m); x86_64 and aarch64 are supported." >&2; exit 1 ;;
esac

# Published beside the old one and swapped in whole: a broker that runs from dist keeps its files.
staging="$base/artifacts/dist-staging"
rm -rf "$staging"
# Analyzers speak in the build that the tests run on; a first build for use does not wait for them.
for project in Server ZooKeeper.Server Tools; do
  dotnet publish "$base/src/ClassicBroker.$project" -c Release -r "$rid" --self-contained false \
    -p:PublishReadyToRun=true -p:PublishDocumentationFiles=false -p:RunAnalyzers=false -o "$staging/bin" -v quiet
done
rm -rf "$base/dist.old"
[ ! -e "$base/dist" ] || mv "$base/dist" "$base/dist.old"
mv "$staging" "$base/dist"
rm -rf "$base/dist.old"
