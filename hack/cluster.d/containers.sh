# shellcheck shell=bash
# containerd: its configuration, its life, and the images in it.

containerd_socket() { printf '%s' "$STATE/containerd.sock"; }
# as_containerd SECONDS ARGUMENT…: containerd's own client, on the images and containers of the kubelet
as_containerd() { timeout --foreground "$1" "${inside[@]}" ctr --address "$(containerd_socket)" --namespace k8s.io "${@:2}"; }

start_containerd() {
  local pause
  pause=$("$hack/image" pause)
  write_containerd_configuration
  write_pod_network
  # the registry is trusted like any other: its authority is the only one that there is inside
  start containerd env "SSL_CERT_FILE=$STATE/pki/ca.crt" containerd --config "$STATE/containerd.toml"
  ready containerd 30 as_containerd 5 version
  import_image "$pause"
}

write_containerd_configuration() {
  cat >"$STATE/containerd.toml" <<END
version = 2
root = "$STATE/containerd/root"
state = "$STATE/containerd/state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "$(containerd_socket)"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause_image"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$(cni_folder)"
    conf_dir = "$STATE/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
      Root = "$STATE/runc"
END
}

write_pod_network() {
  mkdir -p "$STATE/cni"
  cat >"$STATE/cni/pods.conflist" <<END
{
  "cniVersion": "0.4.0",
  "name": "$netns",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
      "ipam": { "type": "host-local", "dataDir": "$STATE/cni/addresses", "ranges": [[{ "subnet": "$pod_range" }]], "routes": [{ "dst": "0.0.0.0/0" }] }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
END
}

# import_image FILE: again does no harm; layers that are there are not unpacked a second time
import_image() { as_containerd 300 images import "$1" >/dev/null || die "$1 cannot be loaded"; }

# names_in FILE: the images of an archive, as the archive names them
names_in() {
  local file
  for file in index.json manifest.json; do
    if tar -xOf "$1" --no-anchored "$file" 2>/dev/null; then break; fi
  done | jq -r '
    if type == "object" then .manifests[].annotations // {} | .["io.containerd.image.name"] // .["org.opencontainers.image.ref.name"] // empty
    else .[].RepoTags[]? end | select(test("[/:@]"))'
}

# load_images FILE…: prints the names by which Pods find the images, one a line
load_images() {
  local archive name names
  (($#)) || die 'load-image needs the path of an archive'
  use_cluster
  [[ $tier == node ]] || die "cluster '$NAME' has no node; start it with: hack/cluster --name $NAME up --node"
  for archive; do
    [[ -r $archive ]] || die "$archive cannot be read"
    mapfile -t names < <(names_in "$archive")
    ((${#names[@]})) || die "$archive names no image; is it an OCI archive, or one of 'docker save'?"
    say "loading ${archive##*/}"
    import_image "$archive"
    for name in "${names[@]}"; do name_in_full "$name"; done
  done
}

# name_in_full NAME: gives an image its full name too, if that is another: a Pod never asks for less
name_in_full() {
  local full
  full=$(full_reference "$1")
  [[ $full == "$1" ]] || as_containerd 60 images tag --force "$1" "$full" >/dev/null || die "the image '$1' cannot be named $full"
  printf '%s\n' "$full"
}

# end_containers: whatever Pods are left, when no kubelet is there to end them
end_containers() {
  local name
  pid_of containerd >/dev/null || return 0
  for name in $(as_containerd 20 tasks list --quiet 2>/dev/null); do
    as_containerd 20 tasks delete --force "$name" >/dev/null 2>&1 || true
  done
}

# end_shims: containerd's helpers outlive it when it was killed; their command line names its socket
end_shims() {
  local pids sockets
  sockets=$(cat "$STATE"/containerd/state/io.containerd.runtime.v2.task/k8s.io/*/address 2>/dev/null | sed 's|unix://|\n|g' || true)
  pids=$(pgrep -f -- "containerd-shim.* -address $(containerd_socket)( |\$)" || true)
  pids+=" $(processes_in_control_groups | tr '\n' ' ')"
  if [[ -n ${pids// /} ]]; then
    # shellcheck disable=SC2086
    kill -9 $pids 2>/dev/null || true
    # shellcheck disable=SC2086
    within 10 gone $pids || die "processes of cluster '$NAME' cannot be ended: $pids"
  fi
  # shellcheck disable=SC2086
  rm -f $sockets
}
