#!/usr/bin/env bash
# Writes down the public API of the packages that applications refer to, in PublicAPI.Unshipped.txt of each. Run it when the build says that a
# symbol "is not part of the declared public API", and look at what it changed: that is what users of the package will see.
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cd "$base"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
for project in Client Client.Extensions TestHost; do
  folder=src/ClassicBroker.$project
  [ -e "$folder/PublicAPI.Shipped.txt" ] || echo '#nullable enable' > "$folder/PublicAPI.Shipped.txt"
  echo '#nullable enable' > "$folder/PublicAPI.Unshipped.txt"
  dotnet build "$folder" -c Release -v quiet -p:TreatWarningsAsErrors=false -p:WarningsNotAsErrors=RS0016 \
    | sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p" \
    | LC_ALL=C sort -u > "$folder/PublicAPI.tmp"
  cat "$folder/PublicAPI.tmp" >> "$folder/PublicAPI.Unshipped.txt"
  rm "$folder/PublicAPI.tmp"
  echo "$folder: $(wc -l < "$folder/PublicAPI.Unshipped.txt") lines"
done
