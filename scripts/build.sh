#!/usr/bin/env bash
# Publishes the executables (kafka-server, kafka-admin-console, zookeeper-server, kafka-tools) to dist/bin. Quiet unless something is wrong.
#   scripts/build.sh             for the inner loop and quickstart: needs the .NET 10 SDK and nothing else (ReadyToRun)
#   scripts/build.sh --release   the form that is shipped: native code without a runtime beside it; needs a C compiler to link (Native AOT)
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

command -v dotnet >/dev/null || { echo "The .NET 10 SDK is needed to build: https://dotnet.microsoft.com/download/dotnet/10.0" >&2; exit 1; }
case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) echo "No build for machine type $(uname -m); x86_64 and aarch64 are supported." >&2; exit 1 ;;
esac

form=(--self-contained false -p:PublishReadyToRun=true)
if [ "${1:-}" = --release ]; then
  linker=$(command -v clang || command -v gcc) \
    || { echo "The release form is linked by a C compiler: apt-get install gcc libc6-dev" >&2; exit 1; }
  form=(-p:ReleaseForm=aot -p:CppCompilerAndLinker="$linker" -p:NativeDebugSymbols=false)
fi

# Published beside the old one and swapped in whole: a broker that runs from dist keeps its files.
staging="$base/artifacts/dist-staging"
rm -rf "$staging"
# Analyzers speak in the build that the tests run on; a first build for use does not wait for them.
for project in Server AdminConsole ZooKeeper.Server Tools; do
  dotnet publish "$base/src/ClassicBroker.$project" -c Release -r "$rid" "${form[@]}" \
    -p:PublishDocumentationFiles=false -p:RunAnalyzers=false -o "$staging/bin" -v quiet
done
# Debuggers want these beside the libraries; what is shipped goes without.
[ "${1:-}" != --release ] || rm -f "$staging"/bin/*.pdb
rm -rf "$base/dist.old"
[ ! -e "$base/dist" ] || mv "$base/dist" "$base/dist.old"
mv "$staging" "$base/dist"
rm -rf "$base/dist.old"
