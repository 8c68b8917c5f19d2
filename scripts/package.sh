#!/usr/bin/env bash
# Makes the packages of the release form under artifacts/packages: a tar.gz, a .deb, an OCI image as a tar, a dotnet tool, the list of what
# is in them (SBOM, CycloneDX), and their checksums. The same
# sources and tools make the same bytes: times are those of the commit (or SOURCE_DATE_EPOCH), names are sorted, owners are root.
#   scripts/package.sh             builds the release form first (scripts/build.sh --release)
#   scripts/package.sh --no-build  takes what is in dist/bin
set -euo pipefail
base=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
[ "${1:-}" = --no-build ] || "$base/scripts/build.sh" --release
[ -x "$base/dist/bin/kafka-server" ] || { echo "dist/bin is empty: run scripts/build.sh --release" >&2; exit 1; }

case $(uname -m) in
  x86_64) platform=linux-x64 debian=amd64 oci=amd64 ;;
  aarch64) platform=linux-arm64 debian=arm64 oci=arm64 ;;
  *) echo "No package for machine type $(uname -m)." >&2; exit 1 ;;
esac
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$base/Directory.Build.props")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$base" log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
name=classicbroker-$version-$platform
packages=$base/artifacts/packages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$packages"
mkdir -p "$packages"

same_tar() { tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=gnu -C "$1" -cf - .; }

# What every package holds: the checkout's layout without sources, and Kafka's names for two of its folders.
install_tree() {
  mkdir -p "$1/dist" "$1/docs"
  cp -a "$base/dist/bin" "$1/dist/bin"
  cp -a "$base/scripts" "$base/conf" "$base/deploy" "$1/"
  rm -f "$1"/scripts/{bench,build,faults,fetch-console-libraries,format,fuzz,pack,package,public-api,simulate,test,test-deb}.sh "$1"/dist/bin/*.pdb "$1"/dist/bin/*.dbg
  cp "$base"/docs/*.md "$1/docs/"
  cp "$base/README.md" "$base/CHANGELOG.md" "$base/LICENSE" "$1/"
  ln -s scripts "$1/bin"
  ln -s conf "$1/config"
  chmod -R u=rwX,go=rX "$1"
}

make_tar() {
  mkdir -p "$work/tar/$name"
  install_tree "$work/tar/$name"
  same_tar "$work/tar" | gzip -6n > "$packages/$name.tar.gz"
}

# Shells look for completion by the name of the command.
install_completion() {
  local script
  mkdir -p "$1/bash-completion/completions" "$1/zsh/vendor-completions" "$1/fish/vendor_completions.d"
  cp "$base/conf/completion/_kafka" "$1/zsh/vendor-completions/_kafka"
  for script in $(sed -n '1s/#compdef //p' "$base/conf/completion/_kafka"); do
    ln -s /opt/classicbroker/conf/completion/kafka.bash "$1/bash-completion/completions/$script"
    ln -s /opt/classicbroker/conf/completion/kafka.fish "$1/fish/vendor_completions.d/$script.fish"
  done
}

make_deb() {
  command -v dpkg-deb >/dev/null || { echo "No .deb: there is no dpkg-deb here." >&2; return 0; }
  local root=$work/deb
  mkdir -p "$root/DEBIAN" "$root/opt" "$root/etc/kafka" "$root/usr/lib/systemd/system" "$root/usr/share/doc"
  install_tree "$root/opt/classicbroker"
  rm "$root/opt/classicbroker/bin" && ln -s scripts "$root/opt/classicbroker/bin"
  cp "$base/conf/systemd/kafka.service" "$root/usr/lib/systemd/system/"
  sed 's:^log.dirs=.*:log.dirs=/var/lib/kafka:' "$base/conf/server.properties" > "$root/etc/kafka/server.properties"
  cp "$base/conf/nlog.config" "$root/etc/kafka/nlog.config"
  install_completion "$root/usr/share"
  ln -s ../../../opt/classicbroker/docs "$root/usr/share/doc/classicbroker"
  printf '/etc/kafka/server.properties\n/etc/kafka/nlog.config\n' > "$root/DEBIAN/conffiles"
  cat > "$root/DEBIAN/control" <<CONTROL
Package: classicbroker
Version: $version
Architecture: $debian
Maintainer: ClassicBroker maintainers <maintainers@classicbroker.invalid>
Depends: libc6, libgcc-s1, libssl3 | libssl3t64, adduser
Recommends: libzstd1
Section: net
Priority: optional
Description: commit-log broker that is classic Apache Kafka
 Speaks Kafka's protocol with clients of every age, keeps its metadata in
 ZooKeeper, and reads and writes Kafka's log directories and configuration.
CONTROL
  cat > "$root/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  getent passwd kafka >/dev/null || adduser --system --group --home /var/lib/kafka --no-create-home --quiet kafka
  for directory in /var/lib/kafka /var/log/kafka; do
    [ -d "$directory" ] || install -d -o kafka -g kafka -m 0750 "$directory"
  done
fi
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
  # After an upgrade a broker that ran runs the new version; a first installation waits to be configured.
  [ -z "$2" ] || systemctl try-restart kafka.service || true
fi
POSTINST
  cat > "$root/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl --no-reload disable --now kafka.service >/dev/null 2>&1 || true
fi
PRERM
  chmod 0755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm"
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zgzip -z6 --build "$root" "$packages/classicbroker_${version}_$debian.deb" >/dev/null
}

# The libraries a program is linked with, and those it loads for TLS and zstd, at the paths they have here.
copy_libraries() {
  local library
  for library in $(ldd "$base"/dist/bin/kafka-server "$base"/dist/bin/kafka-admin-console 2>/dev/null | grep -o '[[:space:]]/[^ ]*') \
    $(ldconfig -p | sed -n 's:.*=> \(/.*/lib\(ssl\|crypto\)\.so\.3\|/.*/libzstd\.so\.1\)$:\1:p'); do
    mkdir -p "$1$(dirname "$library")"
    cp -L "$library" "$1$library"
  done
}

# One layer: the broker, its admin console, what they are linked with, a user of its own, and nothing else; no shell.
make_oci() {
  local root=$work/rootfs image=$work/image layer config manifest
  mkdir -p "$root/opt/classicbroker/bin" "$root/etc/kafka" "$root/var/lib/kafka" "$root/var/log/kafka" "$root/tmp" "$image/blobs/sha256"
  cp "$base"/dist/bin/kafka-server "$base"/dist/bin/kafka-admin-console "$root/opt/classicbroker/bin/"
  copy_libraries "$root"
  sed -e 's:^log.dirs=.*:log.dirs=/var/lib/kafka:' "$base/conf/server.properties" > "$root/etc/kafka/server.properties"
  echo 'health.listeners=http://:9309' >> "$root/etc/kafka/server.properties"
  echo 'kafka:x:65532:65532::/var/lib/kafka:/sbin/nologin' > "$root/etc/passwd"
  echo 'kafka:x:65532:' > "$root/etc/group"
  echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
  chmod -R u=rwX,go=rX "$root"
  chmod 0777 "$root/var/lib/kafka" "$root/var/log/kafka"
  chmod 1777 "$root/tmp"
  blob() { local digest; digest=$(sha256sum "$1" | cut -d' ' -f1); mv "$1" "$image/blobs/sha256/$digest"; echo "$digest"; }
  size() { stat -c %s "$image/blobs/sha256/$1"; }
  same_tar "$root" > "$work/layer.tar"
  local diff; diff=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
  gzip -6n "$work/layer.tar"
  layer=$(blob "$work/layer.tar.gz")
  local created; created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
  cat > "$work/config" <<CONFIG
{"created":"$created","architecture":"$oci","os":"linux","config":{"User":"65532:65532","Env":["LOG_DIR=/var/log/kafka"],"Entrypoint":["/opt/classicbroker/bin/kafka-server"],"Cmd":["/etc/kafka/server.properties"],"WorkingDir":"/var/lib/kafka","ExposedPorts":{"9092/tcp":{},"9309/tcp":{}},"Volumes":{"/var/lib/kafka":{},"/var/log/kafka":{}},"StopSignal":"SIGTERM","Healthcheck":{"Test":["CMD","/opt/classicbroker/bin/kafka-server","--health","http://127.0.0.1:9309/health/ready"],"Interval":10000000000,"Timeout":5000000000,"StartPeriod":60000000000,"Retries":3},"Labels":{"org.opencontainers.image.title":"classicbroker","org.opencontainers.image.version":"$version","org.opencontainers.image.licenses":"Apache-2.0"}},"rootfs":{"type":"layers","diff_ids":["sha256:$diff"]},"history":[{"created":"$created","created_by":"scripts/package.sh"}]}
CONFIG
  config=$(blob "$work/config")
  cat > "$work/manifest" <<MANIFEST
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:$config","size":$(size "$config")},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:$layer","size":$(size "$layer")}]}
MANIFEST
  manifest=$(blob "$work/manifest")
  echo '{"imageLayoutVersion":"1.0.0"}' > "$image/oci-layout"
  cat > "$image/index.json" <<INDEX
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:$manifest","size":$(size "$manifest"),"platform":{"architecture":"$oci","os":"linux"},"annotations":{"org.opencontainers.image.ref.name":"classicbroker:$version"}}]}
INDEX
  same_tar "$image" > "$packages/$name-oci.tar"
}

# kafka-tools for machines that have .NET: dotnet tool install --add-source DIRECTORY ClassicBroker.Tools
make_tool() {
  if [ "${1:-}" != --no-build ]; then
    rm -rf "$base/dist/tool"
    dotnet pack "$base/src/ClassicBroker.Tools" -c Release -p:AsTool=true -p:RunAnalyzers=false -o "$base/dist/tool" -v quiet
  fi
  [ -d "$base/dist/tool" ] || return 0
  command -v zip >/dev/null && command -v unzip >/dev/null || { echo "No dotnet tool: zip and unzip are missing." >&2; return 0; }
  # NuGet writes the time of packing into every entry.
  unzip -q "$base"/dist/tool/*.nupkg -d "$work/tool"
  find "$work/tool" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  (cd "$work/tool" && find . -type f | sed 's:^\./::' | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$packages/$(basename "$base"/dist/tool/*.nupkg)")
}

# Name, version and hash of every package whose code is in the programs, a line each.
components() {
  awk '
    /^  "libraries": \{/ { inside = 1; next }
    /^  "projectFileDependencyGroups"/ { inside = 0 }
    inside && match($0, /^    "[^"]+": \{/) { split($0, quoted, "\""); split(quoted[2], id, "/"); hash = ""; type = "" }
    inside && /^      "sha512": / { split($0, quoted, "\""); hash = quoted[4] }
    inside && /^      "type": / { split($0, quoted, "\""); type = quoted[4] }
    inside && /^        "lib\// && type == "package" && !seen[id[1]]++ { print id[1], id[2], hash }
  ' "$base"/artifacts/obj/ClassicBroker.{Server,AdminConsole,ZooKeeper.Server,Tools}/project.assets.json | sort -u
}

# The release form has the runtime inside, and its compiler's library.
runtimes() {
  sed -n 's/^ *"name": "\(\(Microsoft\.[A-Za-z]*\.App\.Runtime\|runtime\)\.[^"]*\)",$/\1/p; s/^ *"version": "\[\([0-9.]*\), .*/\1/p' \
    "$base/artifacts/obj/ClassicBroker.Server/project.assets.json" | awk '/^[0-9]/ { if (name) print name, $1, "-"; name = ""; next } { name = $0 }' | sort -u
}

# What browsers get from the admin console.
browser_libraries() {
  sed -n 's:^| \([a-zA-Z]*\) | \([0-9.]*\) |.*:npm/\L\1\E \2 -:p' "$base/src/ClassicBroker.AdminConsole/wwwroot/vendor/VENDOR.md"
}

make_sbom() {
  local component hash comma="" lines registry
  [ -e "$base/artifacts/obj/ClassicBroker.Server/project.assets.json" ] || { echo "No SBOM: artifacts/obj does not tell what was built." >&2; return 0; }
  lines=$(components)$'\n'$(browser_libraries)
  [ -e "$base/dist/bin/kafka-server.dll" ] || lines+=$'\n'$(runtimes)
  {
    printf '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"metadata":{"timestamp":"%s",' \
      "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)"
    printf '"component":{"type":"application","bom-ref":"classicbroker","name":"classicbroker","version":"%s",' "$version"
    printf '"licenses":[{"license":{"id":"Apache-2.0"}}]}},"components":['
    while read -r component number hash; do
      [ -n "$component" ] || continue
      [[ $component = npm/* ]] && registry=npm || registry=nuget
      component=${component#npm/}
      printf '%s{"type":"library","bom-ref":"pkg:%s/%s@%s","name":"%s","version":"%s","purl":"pkg:%s/%s@%s"' \
        "$comma" "$registry" "$component" "$number" "$component" "$number" "$registry" "$component" "$number"
      [ "$hash" = - ] || printf ',"hashes":[{"alg":"SHA-512","content":"%s"}]' "$(base64 -d <<< "$hash" | od -An -vtx1 | tr -d ' \n')"
      printf '}'
      comma=,
    done <<< "$lines"
    printf '],"dependencies":[{"ref":"classicbroker","dependsOn":['
    sed '/^$/d; s:^npm/\([^ ]*\) \([^ ]*\).*:"pkg\:npm/\1@\2":; t; s:^\([^ ]*\) \([^ ]*\).*:"pkg\:nuget/\1@\2":' <<< "$lines" | paste -sd, | tr -d '\n'
    printf ']}]}\n'
  } > "$packages/$name.cdx.json"
}

make_tar
make_deb
make_tool "$@"
make_sbom
# The image holds one program and no runtime: only the native form runs there.
if [ -e "$base/dist/bin/kafka-server.dll" ]; then
  echo "No OCI image: dist/bin is not the release form." >&2
else
  make_oci
fi
(cd "$packages" && sha256sum -- * > SHA256SUMS)
ls -l "$packages"
