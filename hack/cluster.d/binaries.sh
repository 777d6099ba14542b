# shellcheck shell=bash
# The programs of Kubernetes: taken from KUBEBUILDER_ASSETS, the cache, a download with a pinned checksum, or built from
# the Go module proxy; the first that can be had. Versions have one home: hack/controlplane/go.mod.

module_version() { awk -v module="$1" '{ sub(/^require /, "") } $1 == module && $2 ~ /^v/ { print $2; exit }' "$2"; }
source_sum() { sha256sum <"$hack/controlplane/$1/main.go" | cut -c1-12; }

kubernetes_version=$(module_version k8s.io/kubernetes "$hack/controlplane/go.mod")
etcd_version=$(module_version go.etcd.io/etcd/server/v3 "$hack/controlplane/go.mod")
coredns_version=$(module_version github.com/coredns/coredns "$hack/controlplane/dns/go.mod")
prometheus_version=$(module_version github.com/prometheus/prometheus "$hack/controlplane/promql/go.mod")

case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64 | arm64) architecture=arm64 ;;
  *) architecture=$(uname -m) ;;
esac

cached_path() {
  case $1 in
    etcd) printf '%s/etcd/%s/etcd' "$CACHE" "$etcd_version" ;;
    coredns) printf '%s/coredns/%s-%s/coredns' "$CACHE" "$coredns_version" "$(source_sum dns)" ;;
    promql) printf '%s/promql/%s-%s/promql' "$CACHE" "$prometheus_version" "$(source_sum promql)" ;;
    counter | pause) printf '%s/%s/%s/%s' "$CACHE" "$1" "$(source_sum "$1")" "$1" ;;
    *) printf '%s/kubernetes/%s/%s' "$CACHE" "$kubernetes_version" "$1" ;;
  esac
}

# assets_path NAME: the program in KUBEBUILDER_ASSETS, if that folder holds our version of Kubernetes
assets_path() {
  local folder=${KUBEBUILDER_ASSETS:-}
  [[ -n $folder && -x $folder/$1 && -x $folder/kube-apiserver ]] || return 1
  [[ $("$folder/kube-apiserver" --version 2>/dev/null) == "Kubernetes $kubernetes_version" ]] || return 1
  printf '%s/%s' "$folder" "$1"
}

# binary NAME: prints where the program is; provide_binaries must have been called for it
binary() { assets_path "$1" || cached_path "$1"; }

# provide_binaries NAME…: makes sure that each program is there
provide_binaries() {
  local name missing=()
  for name; do
    [[ -x $(binary "$name") ]] || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  mkdir -p "$CACHE"
  exec 8>"$CACHE/.building"
  if ! flock -n 8; then
    say "waiting for another build of the same programs"
    flock -w 1800 8 || die "another build of Kubernetes has not ended within 30 minutes (lock: $CACHE/.building)"
  fi
  # what is half done goes when we are interrupted; under the lock it can only be ours
  trap 'rm -f "$CACHE"/*/*/*.partial' EXIT
  for name in "${missing[@]}"; do
    [[ -x $(cached_path "$name") ]] || download "$name" || build "$name"
  done
  trap - EXIT
  exec 8>&-
}

release_url() {
  case $1 in
    etcd) printf 'https://github.com/etcd-io/etcd/releases/download/%s/etcd-%s-linux-%s.tar.gz' "$etcd_version" "$etcd_version" "$architecture" ;;
    *) printf 'https://dl.k8s.io/%s/bin/linux/%s/%s' "$kubernetes_version" "$architecture" "$1" ;;
  esac
}

pinned_checksum() {
  local version=$kubernetes_version file=$1
  [[ $1 != etcd ]] || { version=$etcd_version file=etcd-$etcd_version-linux-$architecture.tar.gz; }
  awk -v path="$version/linux/$architecture/$file" '$2 == path { print $1 }' "$hack/controlplane/checksums.txt"
}

# download NAME: false, quietly and within seconds, when there is no pinned checksum or the release host cannot be reached
download() {
  local name=$1 sum url target partial
  sum=$(pinned_checksum "$name") url=$(release_url "$name") target=$(cached_path "$name")
  [[ $name != coredns && -n $sum && -z ${download_unreachable:-} ]] || return 1
  if ! curl -fsSLI --max-time 5 "$url" >/dev/null 2>&1; then
    download_unreachable=1
    return 1
  fi
  say "downloading $name"
  mkdir -p "${target%/*}"
  partial=$target.partial
  if ! curl -fsSL --connect-timeout 5 --max-time 900 --speed-time 20 --speed-limit 10000 -o "$partial" "$url" 2>/dev/null ||
    ! sha256sum --status -c <<<"$sum  $partial"; then
    say "the download of $name failed or does not have its pinned checksum"
    rm -f "$partial"
    return 1
  fi
  if [[ $name == etcd ]]; then
    tar -xzOf "$partial" "etcd-$etcd_version-linux-$architecture/etcd" >"$target.program.partial"
    mv "$target.program.partial" "$partial"
  fi
  chmod +x "$partial" && mv "$partial" "$target"
}

# build NAME: from the Go module proxy. Without the version flags Kubernetes calls itself v0.0.0 and clients refuse it.
build() {
  local name=$1 folder=$hack/controlplane package target partial minor
  command -v go >/dev/null || die "no $name: its release cannot be downloaded here; install Go (https://go.dev/doc/install) and it is built from source"
  minor=${kubernetes_version#v1.}
  case $name in
    etcd) package=go.etcd.io/etcd/server/v3 ;;
    coredns) package=. folder=$folder/dns ;;
    promql) package=. folder=$folder/promql ;;
    counter | pause) package=./$name ;;
    *) package=k8s.io/kubernetes/cmd/$name ;;
  esac
  target=$(cached_path "$name")
  partial=$target.partial
  mkdir -p "${target%/*}"
  say "building $name from source$([[ $name != kube-apiserver ]] || printf ' (the first time: some minutes)')"
  (cd "$folder" && CGO_ENABLED=0 timeout --foreground 1800 go build -trimpath -buildvcs=false -o "$partial" \
    -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$kubernetes_version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${minor%%.*}" \
    "$package" 2>&1 | { grep -v '^go: downloading' >&2 || true; }) || die "$name could not be built"
  mv "$partial" "$target"
}
