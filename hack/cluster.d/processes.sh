# shellcheck shell=bash
# Long-running processes of a cluster. Each has STATE/run/NAME.pid with `<pid> <start time> <boot id>`, written by the
# process itself before it becomes the program, so that even a caller killed half-way leaves nothing unknown behind.

boot_id=$(</proc/sys/kernel/random/boot_id)

# start_time PID: clock ticks from boot to the start of the process; tells a process from a later one with its number
start_time() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  stat=${stat##*) }
  set -- $stat
  [[ $1 != Z ]] || return 1
  printf '%s' "${20}"
}

# pid_of NAME: the process id if that very process still lives
pid_of() {
  local pid started boot
  read -r pid started boot 2>/dev/null <"$STATE/run/$1.pid" || return 1
  [[ $boot == "$boot_id" && $(start_time "$pid") == "$started" ]] || return 1
  printf '%s' "$pid"
}

# start NAME COMMAND…: runs the command in the background unless it runs already; log in STATE/logs/NAME.log
start() {
  local name=$1
  shift
  if pid_of "$name" >/dev/null; then return; fi
  mkdir -p "$STATE/run" "$STATE/logs"
  rm -f "$STATE/run/$name.pid" # of a process that a crash or a reboot has ended: it would pass for the new one
  # shellcheck disable=SC2016
  setsid bash -c '
    file=$1; shift
    stat=$(</proc/$$/stat); set -- "$@"; fields=(${stat##*) })
    echo "$$ ${fields[19]} $(</proc/sys/kernel/random/boot_id)" >"$file.new" && mv "$file.new" "$file" && exec "$@"
  ' start "$STATE/run/$name.pid" "${inside[@]}" "$@" >>"$STATE/logs/$name.log" 2>&1 </dev/null 8>&- 9>&- &
  disown
  within 5 test -s "$STATE/run/$name.pid" || die_with_log "$name" "$name did not start"
}

# within SECONDS COMMAND…: asks ten times a second until the command succeeds; fails when the time is over
within() {
  local until=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@" >/dev/null 2>&1; do
    ((${EPOCHREALTIME/[.,]/} < until)) || return 1
    sleep 0.1
  done
}

# ready NAME SECONDS COMMAND…: waits until the process NAME answers; shows its log when it ends or takes too long
ready() {
  local name=$1 seconds=$2
  shift 2
  answered_or_gone() { "$@" || ! pid_of "$name"; }
  within "$seconds" answered_or_gone "$@" || die_with_log "$name" "$name was not ready after $seconds s"
  pid_of "$name" >/dev/null || die_with_log "$name" "$name ended while starting"
}

# gone PID…: true when none of the processes lives
gone() {
  local pid
  for pid; do
    if start_time "$pid" >/dev/null; then return 1; fi
  done
}

# stop NAME SECONDS: asks the process to end, waits for it, kills it when the time is over
stop() {
  local pid
  if pid=$(pid_of "$1"); then
    kill "$pid" 2>/dev/null || true
    if ! within "$2" gone "$pid"; then
      say "$1 did not end within $2 s and is killed"
      kill -9 "$pid" 2>/dev/null || true
      within 5 gone "$pid" || die "$1 (process $pid) cannot be ended"
    fi
  fi
  rm -f "$STATE/run/$1.pid"
}
