# shellcheck shell=bash
# The registry of a node, by the same address and over TLS for Pods, containerd and whoever pushes from inside.

start_registry() {
  cat >"$STATE/registry.yaml" <<END
version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $STATE/registry }, delete: { enabled: true } }
http: { addr: "$registry_address", tls: { certificate: $STATE/pki/registry.crt, key: $STATE/pki/registry.key } }
END
  start registry docker-registry serve "$STATE/registry.yaml"
  ready registry 20 "${inside[@]}" curl -fsS --noproxy '*' --max-time 2 --cacert "$STATE/pki/ca.crt" "https://$registry_address/v2/"
}
