# shellcheck shell=bash
# The demo on kind: a cluster of its own, and a registry beside it.

kind_cluster=porterops
kind_registry=porterops-registry

can_use_kind() { command -v kind >/dev/null && timeout --foreground 10 docker info >/dev/null 2>&1; }
kind_is_there() { command -v kind >/dev/null && timeout --foreground 30 kind get clusters 2>/dev/null | grep -qx "$kind_cluster"; }

# use_kind: false when the cluster is there but cannot be used, as one whose making was cut off
use_kind() {
  kind_kubeconfig=$(mktemp)
  trap 'rm -f "$kind_kubeconfig"' EXIT
  ! kind_is_there || timeout --foreground 30 kind export kubeconfig --name "$kind_cluster" --kubeconfig "$kind_kubeconfig" >/dev/null 2>&1
}

# start_kind: the folder is where kind's nodes look how a registry is reached; older ones have to be told so
start_kind() {
  use_kind || die "the kind cluster $kind_cluster is there but only half made; take it away with: make demo-down POLICY=orphan"
  kind_is_there || timeout --foreground 900 kind create cluster --name "$kind_cluster" --kubeconfig "$kind_kubeconfig" --wait 180s --config - >&2 <<'END'
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
containerdConfigPatches:
- |-
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
END
  start_kind_registry
}

# start_kind_registry: on kind's network, where nodes and Pods find it by its name; we find it on a port of the loopback interface
start_kind_registry() {
  local node folder=/etc/containerd/certs.d/$kind_registry:5000
  if [[ $(timeout --foreground 30 docker inspect -f '{{.State.Running}}' "$kind_registry" 2>/dev/null) != true ]]; then
    timeout --foreground 30 docker rm --force --volumes "$kind_registry" >/dev/null 2>&1 || true
    timeout --foreground 300 docker run --detach --restart always --name "$kind_registry" --network kind --publish 127.0.0.1::5000 registry:2 >/dev/null
  fi
  for node in $(timeout --foreground 30 kind get nodes --name "$kind_cluster"); do
    timeout --foreground 30 docker exec --interactive "$node" sh -c "mkdir -p $folder && cat >$folder/hosts.toml" <<<"[host.\"http://$kind_registry:5000\"]"
  done
}

kind_registry_url() { printf 'http://%s' "$(timeout --foreground 30 docker port "$kind_registry" 5000/tcp | head -n 1)"; }

load_into_kind() { timeout --foreground 600 kind load image-archive --name "$kind_cluster" "$1" >&2; }

stop_kind() {
  timeout --foreground 300 kind delete cluster --name "$kind_cluster"
  timeout --foreground 60 docker rm --force --volumes "$kind_registry" >/dev/null
}
