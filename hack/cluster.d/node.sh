# shellcheck shell=bash
# One node: everything of the control plane, and what makes Pods run.

node_binaries=(kubelet kube-proxy kube-scheduler coredns)

up_node() {
  can_make_node || die 'a node needs root that may make network and mount namespaces (in a container: a privileged one); without: hack/cluster up'
  [[ ${#STATE} -lt 80 && $STATE != *[!A-Za-z0-9/._-]* ]] ||
    die "the path $STATE must be shorter than 80 characters and have none but letters, digits and /._-; set XDG_STATE_HOME to another"
  mkdir -p "$CACHE"
  provide_packages "${node_packages[@]}" "${image_packages[@]}"
  provide_binaries "${control_plane_binaries[@]}" "${node_binaries[@]}"
  remember_tier node
  make_network
  make_control_groups
  use_cluster
  make_pki
  start_registry
  start_counter
  start_containerd
  start_control_plane
  say 'control plane is ready'
  start_dns
  start_scheduler
  start_proxy
  start_kubelet
  say "cluster '$NAME' is up with a node: hack/cluster$([[ $NAME == porterops ]] || printf ' --name %s' "$NAME") kubectl get nodes"
}

start_scheduler() {
  write_kubeconfig "$STATE/scheduler.kubeconfig" scheduler
  start kube-scheduler "$(binary kube-scheduler)" --kubeconfig "$STATE/scheduler.kubeconfig" --leader-elect=false --secure-port 0
}

# Replies to a service's address must come back through the node: without br_netfilter only masquerading does that.
start_proxy() {
  write_kubeconfig "$STATE/proxy.kubeconfig" proxy
  start kube-proxy "$(binary kube-proxy)" --kubeconfig "$STATE/proxy.kubeconfig" --hostname-override node --proxy-mode iptables \
    --cluster-cidr "$pod_range" --masquerade-all --bind-address "$node_ip" \
    --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0 --conntrack-tcp-timeout-close-wait 0
}

start_kubelet() {
  write_kubeconfig "$STATE/kubelet.kubeconfig" kubelet
  write_kubelet_configuration
  printf 'nameserver %s\n' "$dns_ip" >"$STATE/resolv.conf"
  start kubelet "$(binary kubelet)" --config "$STATE/kubelet.yaml" --kubeconfig "$STATE/kubelet.kubeconfig" \
    --root-dir "$STATE/kubelet" --cert-dir "$STATE/kubelet/pki" --hostname-override node --node-ip "$node_ip"
  ready kubelet 60 node_is_ready
}

node_is_ready() {
  [[ $(as_kubectl get node node -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]
}

as_kubectl() { timeout --foreground 60 "${inside[@]}" env KUBECONFIG="$STATE/kubeconfig" NO_PROXY='*' "$(binary kubectl)" --request-timeout=20s "$@"; }

write_kubelet_configuration() {
  cat >"$STATE/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node_ip
tlsCertFile: $STATE/pki/kubelet.crt
tlsPrivateKeyFile: $STATE/pki/kubelet.key
authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: $STATE/pki/ca.crt } }
authorization: { mode: Webhook }
containerRuntimeEndpoint: unix://$(containerd_socket)
cgroupDriver: cgroupfs
cgroupRoot: /$netns
failCgroupV1: false
enforceNodeAllocatable: []
failSwapOn: false
podLogsDir: $STATE/pod-logs
volumePluginDir: $STATE/kubelet/volume-plugins
clusterDNS: [$dns_ip]
clusterDomain: cluster.local
resolvConf: $STATE/resolv.conf
# the machine's disk is shared with everything else: no eviction and no image removal on account of it
localStorageCapacityIsolation: false
evictionHard: { memory.available: 50Mi, nodefs.available: 0.1%, nodefs.inodesFree: 0.1%, imagefs.available: 0.1%, imagefs.inodesFree: 0.1% }
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
serializeImagePulls: false
registryPullQPS: 0
END
}

# stop_node: also when only a part of it was ever started
stop_node() {
  use_node_network
  stop kubelet 10
  end_containers
  stop containerd 10
  end_shims
  stop kube-proxy 5
  stop kube-scheduler 5
  stop coredns 5
  stop_control_plane
  stop registry 5
  stop counter 5
  unmount_state
  remove_control_groups
  remove_network
  find /var/log/containers -maxdepth 1 -lname "$STATE/*" -delete 2>/dev/null || true
  forget_pod_networks
}

# forget_pod_networks: what the CNI plug-ins noted about Pods that were not taken down one by one
forget_pod_networks() {
  local note
  for note in /var/lib/cni/results/"$netns"-*-eth0; do
    # exactly ours: the name of another cluster may begin like this one's
    [[ $note =~ /"$netns"-([0-9a-f]{64})-eth0$ ]] || continue
    rm -f "$note" "/var/lib/cni/results/cni-loopback-${BASH_REMATCH[1]}-lo"
  done
}

mounts_of_state() { awk -v folder="$STATE/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo; }

# unmount_state: what stays mounted would be emptied together with the state
unmount_state() {
  local point
  mounts_of_state | sort -r | while read -r point; do
    umount --lazy "$(printf '%b' "$point")" 2>/dev/null || true
  done
  [[ -z $(mounts_of_state) ]] || die "these cannot be unmounted, and nothing is removed: $(mounts_of_state | tr '\n' ' ')"
}
