# Sourced by the scripts beside it.

# True where the broker of DATA_DIR runs: the process noted there, and truly this one, not a later one of the same number.
broker_lives() {
  local data=$1 pid
  [[ -f $data/pid ]] || return 1
  pid=$(<"$data/pid")
  [[ -r /proc/$pid/cmdline ]] && tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF "$data/server.properties" &&
    [[ $(awk '{print $3}' "/proc/$pid/stat" 2>/dev/null) != Z ]]
}

# The folder as the scripts note it: absolute.
data_dir() {
  (($# == 1)) && [[ -d $1 ]] || {
    echo "usage: $(basename "$0") DATA_DIR   (that of \`start\`)" >&2
    exit 2
  }
  (cd "$1" && pwd)
}
