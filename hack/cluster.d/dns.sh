# shellcheck shell=bash
# Cluster DNS: CoreDNS beside the node, behind the usual service address. It answers for the cluster and says at once of
# everything else that it does not exist; a resolver that hears nothing would wait for seconds.

start_dns() {
  write_kubeconfig "$STATE/dns.kubeconfig" dns
  cat >"$STATE/Corefile" <<END
cluster.local in-addr.arpa {
  bind $node_ip
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig $STATE/dns.kubeconfig
    pods insecure
  }
}
. {
  bind $node_ip
  errors
  ready $node_ip:8181
  template ANY ANY . {
    rcode NXDOMAIN
  }
}
END
  dns_objects | as_kubectl apply --server-side -f - >/dev/null || die 'the objects of the cluster DNS cannot be made'
  start coredns "$(binary coredns)" -conf "$STATE/Corefile"
  ready coredns 20 "${inside[@]}" curl -fsS --noproxy '*' --max-time 2 "http://$node_ip:8181/ready"
}

dns_objects() {
  cat <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: cluster-dns }
rules:
- { apiGroups: [''], resources: [services, namespaces, pods, endpoints], verbs: [list, watch] }
- { apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: cluster-dns }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-dns }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: cluster-dns }]
---
apiVersion: v1
kind: Service
metadata: { name: kube-dns, namespace: kube-system, labels: { k8s-app: kube-dns } }
spec:
  clusterIP: $dns_ip
  ports:
  - { name: dns, port: 53, protocol: UDP }
  - { name: dns-tcp, port: 53, protocol: TCP }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: kube-dns-node, namespace: kube-system, labels: { kubernetes.io/service-name: kube-dns } }
addressType: IPv4
endpoints: [{ addresses: [$node_ip] }]
ports:
- { name: dns, port: 53, protocol: UDP }
- { name: dns-tcp, port: 53, protocol: TCP }
END
}
