# shellcheck shell=bash
# System packages that a node and its images need; `program or file` → Debian package.

node_packages=(
  containerd=containerd ctr=containerd runc=runc bridge=containernetworking-plugins
  docker-registry=docker-registry iptables=iptables conntrack=conntrack ip=iproute2 nsenter=util-linux mount=mount
)
image_packages=(busybox=busybox-static jq=jq)

cni_folder() {
  local folder
  for folder in /usr/lib/cni /opt/cni/bin /usr/libexec/cni; do
    [[ ! -x $folder/bridge ]] || { printf '%s' "$folder" && return; }
  done
  return 1
}

is_there() {
  if [[ $1 == bridge ]]; then cni_folder >/dev/null; else PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null; fi
}

# provide_packages PROGRAM=PACKAGE…: installs what is missing on Debian as root; elsewhere names it and fails
provide_packages() {
  local pair missing=()
  for pair; do
    is_there "${pair%%=*}" || [[ " ${missing[*]} " == *" ${pair#*=} "* ]] || missing+=("${pair#*=}")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null && [[ $EUID == 0 ]] || die "these are missing, please install them: ${missing[*]}"
  say "installing system packages: ${missing[*]}"
  apt_get install "${missing[@]}" || { apt_get update && apt_get install "${missing[@]}"; } ||
    die "the system packages could not be installed; please install them: ${missing[*]}"
  quieten_services "${missing[@]}"
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq -o Dpkg::Use-Pty=0 --yes --no-install-recommends "$@" >>"$CACHE/apt.log" 2>&1
}

# quieten_services PACKAGE…: Debian starts what it installs; a cluster starts its own
quieten_services() {
  local package
  [[ -d /run/systemd/system ]] || return 0
  for package; do
    case $package in containerd | docker-registry) systemctl disable --now --quiet "$package" || true ;; esac
  done
}
