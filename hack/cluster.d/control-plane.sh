# shellcheck shell=bash
# etcd, kube-apiserver and kube-controller-manager: enough for everything but running Pods.

control_plane_binaries=(kube-apiserver etcd kube-controller-manager kubectl)

apiserver_url() { printf 'https://%s:%s' "$address" "$apiserver_port"; }

as_admin() {
  "${inside[@]}" curl -fsS --noproxy '*' --max-time 2 --cacert "$STATE/pki/ca.crt" --cert "$STATE/pki/admin.crt" --key "$STATE/pki/admin.key" "$(apiserver_url)$1"
}

start_control_plane() {
  # What tests write is soon gone: memory is cheaper for them than the time to tidy it up.
  [[ $tier == node ]] || export GOGC=300
  # Several clusters share a machine with the tests: threads that hand work to one another cost each a fifth of its time.
  [[ -z ${CLUSTER_THREADS:-} ]] || export GOMAXPROCS=$CLUSTER_THREADS
  start_etcd
  start_apiserver
  start_controller_manager
  write_kubeconfig "$STATE/kubeconfig" admin
}

start_etcd() {
  local flags=()
  # What tests write may be lost with the machine, and they need not wait for its disk.
  [[ $tier == node ]] || flags=(--unsafe-no-fsync)
  start etcd "$(binary etcd)" --name "$NAME" --data-dir "$STATE/etcd" --quota-backend-bytes 8589934592 --log-level warn \
    --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
    --listen-peer-urls "http://127.0.0.1:$etcd_peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$etcd_peer_port" \
    --initial-cluster "$NAME=http://127.0.0.1:$etcd_peer_port" "${flags[@]}"
  ready etcd 20 "${inside[@]}" curl -fsS --noproxy '*' --max-time 2 "http://127.0.0.1:$etcd_port/health"
}

start_apiserver() {
  local pki=$STATE/pki flags=()
  if [[ $tier == node ]]; then
    flags=(--advertise-address "$node_ip" --kubelet-preferred-address-types InternalIP --kubelet-certificate-authority "$pki/ca.crt"
      --kubelet-client-certificate "$pki/apiserver-client.crt" --kubelet-client-key "$pki/apiserver-client.key")
  else
    # nothing may publish a loopback address as the endpoint of the service `kubernetes`
    flags=(--endpoint-reconciler-type none)
  fi
  start kube-apiserver "$(binary kube-apiserver)" --etcd-servers "http://127.0.0.1:$etcd_port" \
    --bind-address "$bind_address" --secure-port "$apiserver_port" --service-cluster-ip-range "$service_range" \
    --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" --client-ca-file "$pki/ca.crt" \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged=true \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$pki/service-account.pub" --service-account-signing-key-file "$pki/service-account.key" \
    --requestheader-client-ca-file "$pki/ca.crt" --requestheader-allowed-names front-proxy \
    --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group --requestheader-extra-headers-prefix X-Remote-Extra- \
    --proxy-client-cert-file "$pki/front-proxy.crt" --proxy-client-key-file "$pki/front-proxy.key" "${flags[@]}"
  ready kube-apiserver 60 as_admin /readyz
}

start_controller_manager() {
  local pki=$STATE/pki
  write_kubeconfig "$STATE/controller-manager.kubeconfig" controller-manager
  # Without the raised limits Jobs end at 3.4 per second, whatever the operator does.
  start kube-controller-manager "$(binary kube-controller-manager)" --kubeconfig "$STATE/controller-manager.kubeconfig" \
    --leader-elect=false --secure-port 0 --use-service-account-credentials --root-ca-file "$pki/ca.crt" \
    --service-account-private-key-file "$pki/service-account.key" --kube-api-qps 2000 --kube-api-burst 4000
  ready kube-controller-manager 30 as_admin /api/v1/namespaces/default/serviceaccounts/default
}

# etcd goes last and only when kube-apiserver is gone: an apiserver without its etcd lingers on its port for a minute.
stop_control_plane() {
  stop kube-controller-manager 5
  stop kube-apiserver 15
  stop etcd 10
}
