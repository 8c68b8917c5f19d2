#!/usr/bin/env bash
# Fetches the admin console's browser libraries from the npm registry into src/ClassicBroker.AdminConsole/wwwroot/vendor, with their
# licences. What is fetched is what is in the repository: run it to check that, or with other versions to take them over.
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
vendor=$base/src/ClassicBroker.AdminConsole/wwwroot/vendor
preact=11.2.0 htm=3.1.1 uplot=1.6.32
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in preact@$preact htm@$htm uplot@$uplot; do
  mkdir "${package%@*}"
  tar -xzf "$(npm pack --silent "$package")" -C "${package%@*}" --strip-components=1
done
mkdir -p "$vendor"
# A map of sources would be asked for and not found.
strip() { sed '/^\/\/# sourceMappingURL=/d'; }
strip < preact/dist/preact.mjs > "$vendor/preact.js"
# Browsers find "preact" by a map in the page only, which the pages' content security policy does not allow: a path does as well.
strip < preact/hooks/dist/hooks.mjs | sed 's:from"preact":from"./preact.js":g' > "$vendor/preact-hooks.js"
strip < htm/dist/htm.module.js > "$vendor/htm.js"
strip < uplot/dist/uPlot.esm.js > "$vendor/uplot.js"
cp uplot/dist/uPlot.min.css "$vendor/uplot.css"
for name in preact htm uplot; do cp "$name/LICENSE" "$vendor/$name.LICENSE.txt"; done
cat > "$vendor/VENDOR.md" <<VENDOR
Written by scripts/fetch-console-libraries.sh; do not edit.

| library | version | licence | files |
|---|---|---|---|
| preact | $preact | MIT | preact.js, preact-hooks.js |
| htm | $htm | Apache-2.0 | htm.js |
| uPlot | $uplot | MIT | uplot.js, uplot.css |
VENDOR
