# shellcheck shell=bash
# containerd: its configuration, its life, and the images in it.

containerd_socket() { printf '%s' "$STATE/containerd.sock"; }
# as_containerd ARGUMENT…: containerd's own client, on the images and containers of the kubelet
as_containerd() { "${inside[@]}" ctr --address "$(containerd_socket)" --namespace k8s.io "$@"; }

start_containerd() {
  local pause
  ((${#STATE} < 80)) || die "the path $STATE is too long for a socket; set XDG_STATE_HOME to a shorter one"
  pause=$("$hack/image" pause)
  write_containerd_configuration
  write_pod_network
  # the registry is trusted like any other: its authority is the only one that there is inside
  start containerd env "SSL_CERT_FILE=$STATE/pki/ca.crt" containerd --config "$STATE/containerd.toml"
  ready containerd 30 as_containerd version
  import_images "$pause"
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

# import_images FILE…: again does no harm; layers that are there are not unpacked a second time
import_images() {
  local archive
  for archive; do
    as_containerd images import "$archive" >/dev/null || die "$archive cannot be loaded"
  done
}

load_images() {
  local archive
  (($#)) || die 'load-image needs the path of an OCI archive'
  use_cluster
  [[ $tier == node ]] || die "cluster '$NAME' has no node; start it with: hack/cluster --name $NAME up --node"
  for archive; do
    [[ -r $archive ]] || die "$archive cannot be read"
    say "loading ${archive##*/}"
    import_images "$archive"
    tar -xOf "$archive" index.json | jq -r '.manifests[].annotations["io.containerd.image.name"] // empty'
  done
}

# end_containers: whatever Pods are left, when no kubelet is there to end them
end_containers() {
  local name
  pid_of containerd >/dev/null || return 0
  for name in $(as_containerd tasks list --quiet 2>/dev/null); do
    timeout 20 nsenter "--net=/run/netns/$netns" -- ctr --address "$(containerd_socket)" --namespace k8s.io tasks delete --force "$name" >/dev/null 2>&1 || true
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
