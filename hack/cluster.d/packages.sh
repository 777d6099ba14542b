# shellcheck shell=bash
# System packages that a cluster, a node and its images need; `program` → Debian package.

cluster_packages=(curl=curl openssl=openssl flock=util-linux setsid=util-linux)
node_packages=(
  containerd=containerd ctr=containerd runc=runc bridge=containernetworking-plugins
  docker-registry=docker-registry iptables=iptables conntrack=conntrack ip=iproute2 nsenter=util-linux mount=mount
  pgrep=procps
)
image_packages=(busybox=busybox-static curl=curl jq=jq)

cni_folder() {
  local folder
  for folder in /usr/lib/cni /opt/cni/bin /usr/libexec/cni; do
    [[ ! -x $folder/bridge ]] || { printf '%s' "$folder" && return; }
  done
  return 1
}

is_there() {
  local path
  if [[ $1 == bridge ]]; then
    cni_folder >/dev/null
    return
  fi
  path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$1") || return 1
  # one that needs libraries is of no use in an image without them
  [[ $1 != busybox ]] || ! ldd "$path" >/dev/null 2>&1
}

# missing_packages PROGRAM=PACKAGE…: the packages of the programs that are not there, each once
missing_packages() {
  local pair
  for pair; do
    is_there "${pair%%=*}" || printf '%s\n' "${pair#*=}"
  done | sort -u
}

# provide_packages PROGRAM=PACKAGE…: installs what is missing on Debian as root; elsewhere names it and fails
provide_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null && [[ $EUID == 0 ]] || die "these are missing, please install them: ${missing[*]}"
  mkdir -p "$CACHE"
  exec 7>"$CACHE/.installing"
  flock -w 900 7 || die "another installation of system packages has not ended within 15 minutes (lock: $CACHE/.installing)"
  mapfile -t missing < <(missing_packages "$@") # another one may have installed them while we waited
  if ((${#missing[@]})); then install_packages "${missing[@]}"; fi
  exec 7>&-
}

install_packages() {
  say "installing system packages: $*"
  apt_get install "$@" || { apt_get update && apt_get install "$@"; } ||
    die "the system packages could not be installed (see $CACHE/apt.log); please install them: $*"
  quieten_services "$@"
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive timeout --foreground 600 apt-get -qq -o Dpkg::Use-Pty=0 --yes --no-install-recommends "$@" >>"$CACHE/apt.log" 2>&1 7>&-
}

# quieten_services PACKAGE…: Debian starts what it installs; a cluster starts its own
quieten_services() {
  local package
  [[ -d /run/systemd/system ]] || return 0
  for package; do
    case $package in containerd | docker-registry) systemctl disable --now --quiet "$package" || true ;; esac
  done
}
