# shellcheck shell=bash
# Where a cluster listens. A control plane shares the loopback interface with everything else on the machine and takes
# free ports, which it remembers; a node cluster has a network of its own and always the same addresses.

node_ip=10.88.0.1
service_ip=10.96.0.1
service_range=10.96.0.0/16
dns_ip=10.96.0.10
pod_range=10.244.0.0/16
registry_address=$node_ip:5000
counter_address=$node_ip:8099

use_node_addresses() {
  address=$node_ip bind_address=0.0.0.0
  apiserver_port=6443 etcd_port=2379 etcd_peer_port=2380
}

# use_loopback_addresses: those remembered, or free ones that no other cluster of this user has remembered
use_loopback_addresses() {
  address=127.0.0.1 bind_address=127.0.0.1
  if [[ ! -s $STATE/ports ]]; then
    exec 8>"$STATE_HOME/.choosing-ports"
    flock -w 10 8 || die "another cluster is choosing its ports"
    free_ports 3 >"$STATE/ports"
    exec 8>&-
  fi
  read -r apiserver_port etcd_port etcd_peer_port <"$STATE/ports"
}

# free_ports COUNT: in one line; below the range from which the kernel takes ports for outgoing connections
free_ports() {
  local found=" " port taken
  taken=" $(cat "$STATE_HOME"/*/ports 2>/dev/null | tr '\n' ' ') "
  while (($(wc -w <<<"$found") < $1)); do
    port=$((20000 + RANDOM % 12000))
    [[ $taken$found != *" $port "* ]] || continue
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || found+="$port "
  done
  printf '%s\n' "${found# }"
}
