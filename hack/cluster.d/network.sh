# shellcheck shell=bash
# The network of a node: a namespace with one bridge that leads nowhere, so that no packet leaves the machine and nothing
# of the host's own network is touched.

# use_node_network: commands enter it with nsenter; `ip netns exec` would hide the control groups
use_node_network() {
  use_node_addresses
  inside=(nsenter "--net=/run/netns/$netns" --)
}

make_network() {
  if [[ ! -e /run/netns/$netns ]]; then ip netns add "$netns"; fi
  use_node_network
  if ! "${inside[@]}" ip link show nodebr >/dev/null 2>&1; then "${inside[@]}" ip link add nodebr type bridge; fi
  "${inside[@]}" ip link set lo up
  "${inside[@]}" ip link set nodebr up
  "${inside[@]}" ip address replace "$node_ip/24" dev nodebr
  "${inside[@]}" ip route replace default dev nodebr
  "${inside[@]}" bash -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
}

remove_network() {
  [[ ! -e /run/netns/$netns ]] || ip netns delete "$netns"
}
