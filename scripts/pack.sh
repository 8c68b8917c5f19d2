#!/usr/bin/env bash
# Makes the NuGet packages of the libraries under artifacts/nuget, with their symbols: ClassicBroker.Client, ClassicBroker.Client.Classic,
# ClassicBroker.Client.Extensions, ClassicBroker.TestHost, and what they stand on. A reference to one of them suffices for an application.
#   scripts/pack.sh             builds first
#   scripts/pack.sh --no-build  packs what the last build in Release made
# Debuggers fetch sources from the address in SOURCES_URL, followed by the path; without it from the remote "origin", where that is on GitHub.
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
commit=$(git -C "$base" rev-parse HEAD 2>/dev/null || true)
repository=$(git -C "$base" remote get-url origin 2>/dev/null | sed -nE 's#^(https://|git@)github\.com[/:](.*)$#\2#; s#\.git$##; p' || true)
sources=${SOURCES_URL:-${repository:+https://raw.githubusercontent.com/$repository/$commit}}
feed=$base/artifacts/nuget
rm -rf "$feed"
dotnet pack "$base/ClassicBroker.sln" -c Release -o "$feed" -v quiet -p:RunAnalyzers=false -p:ContinuousIntegrationBuild=true \
  ${repository:+-p:RepositoryUrl="https://github.com/$repository"} ${commit:+-p:RepositoryCommit="$commit"} \
  ${sources:+-p:SourcesUrl="$sources"} "$@"
ls "$feed"
