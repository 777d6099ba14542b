# shellcheck shell=bash
# The control groups of a node: one folder of its own per hierarchy, so that kubelets side by side leave each other's Pods alone.

# cgroup_hierarchies: those of version 1, the one of version 2, or both where a machine has both
cgroup_hierarchies() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts; }

make_control_groups() {
  local hierarchy folder file
  while read -r hierarchy; do
    folder=$hierarchy/$netns
    mkdir -p "$folder"
    for file in cpuset.cpus cpuset.mems; do # empty in a new folder of version 1, and then no process can enter it
      [[ ! -e $hierarchy/cgroup.clone_children || ! -e $folder/$file ]] || cat "$hierarchy/$file" >"$folder/$file"
    done
  done < <(cgroup_hierarchies)
}

# processes_in_control_groups: whatever still runs in the node's Pods
processes_in_control_groups() {
  local hierarchy
  while read -r hierarchy; do
    [[ ! -d $hierarchy/$netns ]] || find "$hierarchy/$netns" -name cgroup.procs -exec cat {} + 2>/dev/null
  done < <(cgroup_hierarchies) | sort -u
}

remove_control_groups() {
  local hierarchy
  while read -r hierarchy; do
    [[ ! -d $hierarchy/$netns ]] || find "$hierarchy/$netns" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done < <(cgroup_hierarchies)
}
