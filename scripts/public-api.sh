#!/usr/bin/env bash
# Writes down the public API of the packages that applications refer to, in PublicAPI.Unshipped.txt of each. Run it when the build says that a
# symbol "is not part of the declared public API", and look at what it changed: that is what users of the package will see.
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cd "$base"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
mkdir -p artifacts
log=artifacts/public-api.log
for project in Client Client.Classic Client.Extensions TestHost; do
  folder=src/ClassicBroker.$project
  [ -e "$folder/PublicAPI.Shipped.txt" ] || echo '#nullable enable' > "$folder/PublicAPI.Shipped.txt"
  echo '#nullable enable' > "$folder/PublicAPI.Unshipped.txt"
  dotnet build "$folder" -c Release -v quiet -p:WarningsNotAsErrors=RS0016 > $log || { grep -m 5 ': error' $log >&2; exit 1; }
  sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p" $log \
    | LC_ALL=C sort -u >> "$folder/PublicAPI.Unshipped.txt"
  echo "$folder: $(wc -l < "$folder/PublicAPI.Unshipped.txt") lines"
done
