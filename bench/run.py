#!/usr/bin/env python3
"""Runs guest programs on several emulators side by side, checks their results and prints a table.

    bench/run.py                                  ours against QEMU TCG, images int32 rm sys dev ide, 3 rounds
    bench/run.py -i int32 -n 5                    chosen images and rounds
    bench/run.py -w int32/sieve,int32/interp      single workloads
    bench/run.py --emulator "next=build/pcemu -m {mem} -display none -serial stdio {boot}"

README.md says what the guests are, what is measured and how to read it. Python 3 alone, Linux.
"""
import argparse
import json
import os
import re
import select
import shlex
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../src/PcEmu.Cli/bin/Release/net10.0/pcemu")
OPTIONS = "-m {mem} -display none -monitor none -serial stdio -vga cirrus -nodefaults -no-reboot {boot}"
EMULATORS = {
    "ours": f"{shlex.quote(os.path.normpath(PROGRAM))} {OPTIONS}",
    "tcg": f"qemu-system-i386 -accel tcg {OPTIONS}",
    "tcg64": f"qemu-system-x86_64 -accel tcg {OPTIONS}",
    "tcg-step": f"qemu-system-i386 -accel tcg -singlestep {OPTIONS}",
}
LAUNCH = "(launch)"  # the pseudo workload from the start of the process to the boot sector's line
MASK_AT = 0x1A4  # in the boot sector: u32 mask of workloads, u32 iterations in percent


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("-e", "--emulators", default="ours,tcg", help="of: " + ", ".join(EMULATORS))
    p.add_argument("--emulator", action="append", default=[], metavar="NAME=CMD", help="one more; {boot} or {image}, {mem} are filled in")
    p.add_argument("-i", "--images", default="int32,rm,sys,dev,ide")
    p.add_argument("-w", "--workloads", help="IMAGE/NAME,... instead of whole images")
    p.add_argument("-n", "--rounds", type=int, default=3)
    p.add_argument("-m", "--mem", default="64", help="guest memory in MiB")
    p.add_argument("-g", "--guests", default=os.environ.get("PCEMU_BENCH_GUESTS"), help="folder of NAME.img (default: PCEMU_BENCH_GUESTS)")
    p.add_argument("-b", "--base", default="tcg", help="the emulator that ratios refer to")
    p.add_argument("--metric", choices=["cpu", "wall"], default="cpu")
    p.add_argument("--scale", type=int, default=100, help="iterations in percent; sums are checked at 100 only")
    p.add_argument("--timeout", type=float, default=300, help="seconds an image may run")
    p.add_argument("--stall", type=float, default=90, help="seconds without a line before a run is given up")
    p.add_argument("-o", "--output", help="append every measurement to this file, one JSON object a line")
    p.add_argument("-v", "--verbose", action="store_true", help="show the guests' lines")
    return p.parse_args()


def read_expected():
    """{image: {workload: (iterations, sum)}}, workloads in the order of the mask's bits."""
    table = {}
    with open(os.path.join(HERE, "expected.tsv"), encoding="ascii") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                image, name, iterations, total = line.split()
                table.setdefault(image, {})[name] = (int(iterations), total)
    return table


def processes(root):
    """A process and its living descendants."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="latin1") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(pids):
    """CPU time of processes with all their threads, ended ones too, to the nanosecond (the kernel's per-process clock)."""
    total = 0
    for pid in pids:
        try:
            total += time.clock_gettime_ns((~pid << 3) | 2)
        except OSError:
            pass
    return total / 1e9


def peak_rss(pids):
    """Peak resident MiB, of all processes together."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status", encoding="latin1") as f:
                total += int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]) / 1024
        except (OSError, TypeError):
            pass
    return total


class Run:
    """One image on one emulator: reads what the guest prints and notes times."""

    def __init__(self, options, emulator, command, image, mask):
        self.options, self.emulator, self.command, self.image, self.mask = options, emulator, command, image, mask
        self.rows = []
        self.current = None  # (workload, wall, CPU) at its START
        self.launched = 0.0
        self.process = None

    def note(self, name, status, **values):
        self.rows.append({"emulator": self.emulator, "image": self.image, "workload": name, "status": status, **values})

    def execute(self):
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            disk = os.path.join(folder, self.image + ".img")
            shutil.copyfile(os.path.join(self.options.guests, self.image + ".img"), disk)
            with open(disk, "r+b") as f:
                f.seek(MASK_AT)
                f.write(struct.pack("<II", self.mask, self.options.scale))
            boot = f"-drive file={disk},format=raw,if=ide,snapshot=on"
            argv = shlex.split(self.command.format(image=disk, boot=boot, mem=self.options.mem))
            self.launched = time.monotonic()
            try:
                self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                                stderr=None if self.options.verbose else subprocess.DEVNULL, start_new_session=True)
            except OSError as e:
                self.note("-", f"cannot start: {e.strerror}")
                return self.rows
            try:
                self.follow()
            finally:
                self.stop()
        return self.rows

    def follow(self):
        pipe = self.process.stdout.fileno()
        pending = b""
        last = self.launched
        while True:
            now = time.monotonic()
            if now - self.launched > self.options.timeout or now - last > self.options.stall:
                self.note(self.current[0] if self.current else "-", "timeout")
                return
            if not select.select([pipe], [], [], 0.5)[0]:
                continue
            data = os.read(pipe, 65536)
            last = time.monotonic()
            if not data:
                self.note(self.current[0] if self.current else "-", "ended early")
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                if not self.line(line.decode("latin1").strip(), last):
                    return

    def line(self, text, now):
        """Takes one line of the guest; false after the last."""
        if self.options.verbose:
            print(f"    [{self.emulator}] {now - self.launched:8.3f} {text}", file=sys.stderr)
        if text.endswith("BOOT"):
            self.note(LAUNCH, "ok", wall=now - self.launched, cpu=cpu_seconds(processes(self.process.pid)))
        elif m := re.search(r"START (\w+)$", text):
            self.current = (m[1], now, cpu_seconds(processes(self.process.pid)))
        elif (m := re.search(r"(DONE|SKIP) (\w+) iters=(\d+) sum=(\w+)", text)) and self.current and self.current[0] == m[2]:
            pids = processes(self.process.pid)
            self.note(m[2], "ok" if m[1] == "DONE" else "n/a", wall=now - self.current[1], cpu=cpu_seconds(pids) - self.current[2],
                      iterations=int(m[3]), sum=m[4], rss=peak_rss(pids))
            self.current = None
        elif re.search(r"EXC vec|NOLONGMODE|DISKFAIL", text):
            self.note(self.current[0] if self.current else "-", text)
            return False
        return text != "END"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)  # its own session: this run's processes and no others
                self.process.wait()
        self.process.stdout.close()


def number(value):
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def print_table(rows, names, base, metric):
    """Minimum of the rounds for every cell, with the ratio to the base's minimum."""
    cells, status, keys = {}, {}, []
    for row in rows:
        key = (row["image"], row["workload"])
        if row["workload"] not in ("-", LAUNCH) and key not in keys:
            keys.append(key)
        if row["status"] == "ok":
            cells.setdefault((key, row["emulator"]), []).append(row)
        else:
            status[key, row["emulator"]] = row["status"]

    def best(key, name):
        return min((r[metric] for r in cells.get((key, name), [])), default=None)

    print(f"| workload, {metric} s | " + " | ".join(names) + " |")
    print("| --- |" + " ---: |" * len(names))
    ratios = {}
    for key in keys:
        line = []
        for name in names:
            value, reference = best(key, name), best(key, base)
            if value is None:
                line.append(status.get((key, name)) or status.get(((key[0], "-"), name)) or "-")
            elif name == base or not reference:
                line.append(number(value))
            else:
                line.append(f"{number(value)} ({value / reference:.2f}x)")
                ratios.setdefault((key[0], name), []).append(max(value, 1e-4) / reference)
        print(f"| {key[0]}/{key[1]} | " + " | ".join(line) + " |")

    for image in dict.fromkeys(k[0] for k in keys):
        line = [f"{statistics.geometric_mean(ratios[image, n]):.2f}x" if (image, n) in ratios else "" for n in names]
        print(f"| **{image}**, geometric mean | " + " | ".join(line) + " |")

    launches, peaks = [], []
    for name in names:
        seconds = [r["wall"] for r in rows if r["emulator"] == name and r["workload"] == LAUNCH]
        resident = [r["rss"] for r in rows if r["emulator"] == name and "rss" in r]
        launches.append(f"{min(seconds):.3f}" if seconds else "-")
        peaks.append(f"{max(resident):.0f}" if resident else "-")
    print("| launch to boot sector, wall s | " + " | ".join(launches) + " |")
    print("| peak resident, MiB | " + " | ".join(peaks) + " |")


def wrong_sums(rows, expected):
    lines = {}
    for row in rows:
        wanted = expected.get(row["image"], {}).get(row["workload"])
        if row["status"] == "ok" and wanted and row["iterations"] == wanted[0] and row["sum"] != wanted[1]:
            lines[f"{row['image']}/{row['workload']}: {row['emulator']} has {row['sum']}, right is {wanted[1]}"] = None
    return list(lines)


def main():
    options = arguments()
    if not options.guests or not os.path.isdir(options.guests):
        sys.exit("run.py: no guest images: name their folder with -g or PCEMU_BENCH_GUESTS")
    expected = read_expected()
    commands = {}
    for name in filter(None, options.emulators.split(",")):
        if name not in EMULATORS:
            sys.exit(f"run.py: unknown emulator '{name}'")
        commands[name] = EMULATORS[name]
    for extra in options.emulator:
        name, _, command = extra.partition("=")
        commands[name] = command
    chosen = {}
    if options.workloads:
        for item in options.workloads.split(","):
            image, _, name = item.partition("/")
            if name not in expected.get(image, {}):
                sys.exit(f"run.py: unknown workload '{item}'")
            chosen[image] = chosen.get(image, 0) | 1 << list(expected[image]).index(name)
    else:
        chosen = dict.fromkeys(options.images.split(","), 0xFFFFFFFF)
    for image in chosen:
        if not os.path.isfile(os.path.join(options.guests, image + ".img")):
            sys.exit(f"run.py: no image '{image}' in {options.guests}")

    rows = []
    for turn in range(options.rounds):
        for image, mask in chosen.items():
            names = list(commands)
            for name in names[turn % len(names):] + names[:turn % len(names)]:  # nobody is always first
                began = time.monotonic()
                rows += Run(options, name, commands[name], image, mask).execute()
                print(f"round {turn + 1}  {image:8} {name:10} {time.monotonic() - began:7.1f} s", file=sys.stderr, flush=True)
    if options.output:
        with open(options.output, "a", encoding="ascii") as f:
            f.writelines(json.dumps(row) + "\n" for row in rows)

    print_table(rows, list(commands), options.base, options.metric)
    wrong = wrong_sums(rows, expected)
    failed = [f"{r['image']}/{r['workload']}: {r['emulator']}: {r['status']}" for r in rows if r["status"] not in ("ok", "n/a")]
    for line in wrong + list(dict.fromkeys(failed)):
        print("WRONG " + line)
    sys.exit(1 if wrong or failed else 0)


if __name__ == "__main__":
    main()
