# shellcheck shell=bash
# What of a cluster is on the machine: its processes and, for a node, whatever the kernel keeps for it.

show_status() {
  local file name pid
  printf 'cluster     %s\n' "$NAME"
  if [[ -s $STATE/tier ]]; then
    printf 'tier        %s\nstate       %s\n' "$(<"$STATE/tier")" "$STATE"
    for file in "$STATE"/run/*.pid; do
      [[ -e $file ]] || continue
      name=${file##*/} name=${name%.pid}
      if pid=$(pid_of "$name"); then printf 'process     %-24s %s\n' "$name" "$pid"; else printf 'process     %-24s ended\n' "$name"; fi
    done
  else
    printf 'tier        none\n'
  fi
  show_traces
  [[ -s $STATE/tier ]] || return 1
  use_cluster
  if as_admin /readyz >/dev/null 2>&1; then
    printf 'answers     %s\n' "$(apiserver_url)"
  else
    printf 'answers     no\n'
    return 1
  fi
}

# show_traces: what outlives a process; nothing of it is there after `down`
show_traces() {
  local mounts cgroups
  [[ ! -e /run/netns/$netns ]] || printf 'network     %s\n' "/run/netns/$netns"
  mounts=$(mounts_of_state | wc -l)
  [[ $mounts == 0 ]] || printf 'mounts      %s under %s\n' "$mounts" "$STATE"
  cgroups=$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$netns" 2>/dev/null | wc -l)
  [[ $cgroups == 0 ]] || printf 'cgroups     %s folders named %s\n' "$cgroups" "$netns"
}
