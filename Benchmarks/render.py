# SPDX-License-Identifier: Apache-2.0
"""What drawing costs: flameback report beside flamegraph.pl, and its pictures in a browser.

usage: render.py [--quick] [--stacks COUNT,…] [--parts PART,…] FLAMEBACK FOLDER

Inputs of 1 k to 1 M distinct stacks are generated into FOLDER once (Benchmarks/stacks.py), and one is
recorded. Medians of three; CPU seconds, since they can be trusted where others run, too. --quick
leaves out a million stacks.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys

FLAMEGRAPH = "/usr/share/perl5/Devel/NYTProf/flamegraph.pl"
HERE = os.path.dirname(os.path.abspath(__file__))


def measure(command, runs=3, output=None):
    """Median CPU seconds, and peak memory in MB."""
    cpu, peak = [], 0
    for _ in range(runs):
        with open(output or os.devnull, "wb") as sink:
            pid = os.posix_spawn(
                command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, sink.fileno(), 1)]
            )
            _, status, usage = os.wait4(pid, 0)
        if status != 0:
            raise SystemExit(f"{command}: status {status}")
        cpu.append(usage.ru_utime + usage.ru_stime)
        peak = max(peak, usage.ru_maxrss / 1024)
    return statistics.median(cpu), peak


def inputs(folder, counts):
    made = {}
    for count in counts:
        path = f"{folder}/{count}.folded"
        if not os.path.exists(path):
            with open(path + ".tmp", "wb") as sink:
                subprocess.run([sys.executable, f"{HERE}/stacks.py", str(count)], stdout=sink, check=True)
            os.rename(path + ".tmp", path)
        made[count] = path
    return made


def record(flameback, folder):
    """A recording of perl as it counts words, as in `make demo`."""
    path = f"{folder}/recorded.folded"
    files = subprocess.run(
        ["find", "/usr/share/perl/", "-name", "*.p*"], capture_output=True, text=True, check=True
    ).stdout.split()
    words = 'while (/(\\w+)/g) { $n{lc $1}++ } END { print "$n{$_} $_\\n" for sort keys %n }'
    subprocess.run(
        [flameback, "record", "-q", "-F", "4999", "--ignore-exit-code", "-o", path, "--", "perl", "-ne", words] + files,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return path


def facts(path):
    """Bytes, nodes, and bytes of payload, of a picture or page of ours."""
    import base64
    import zlib

    text = open(path, encoding="utf-8").read()
    payload = base64.b64decode("".join(re.findall(r'flameback-payload">([^<]*)<', text)))
    header = zlib.decompress(payload)[:32]
    values, value, shift = [], 0, 0
    for byte in header:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value, shift = 0, 0
    viewer = sum(len(part) for part in re.findall(r'flameback-(?:script|style)">([^<]*)<', text))
    return os.path.getsize(path), values[1], len(payload), viewer


def size(number):
    return f"{number / 1e6:.2f} MB" if number >= 1e6 else f"{number / 1e3:.0f} KB"


def render(flameback, folder, made, recorded):
    print("folded to SVG: CPU seconds, peak memory; flamegraph.pl is Debian's (libdevel-nytprof-perl)\n")
    print("| stacks | flameback | all frames (`--full`) | flamegraph.pl | times less CPU |")
    print("|---|---|---|---|---|")
    for name, path in list(made.items()) + [("recorded", recorded)]:
        runs = 1 if name == 1_000_000 else 3
        usual = measure([flameback, "report", path, "-o", f"{folder}/{name}.svg"], runs)
        full = measure([flameback, "report", path, "--full", "-o", f"{folder}/{name}-full.svg"], runs)
        measure([flameback, "report", path, "-o", f"{folder}/{name}.html"], 1)
        perl = measure(["/usr/bin/perl", FLAMEGRAPH, path], runs, f"{folder}/{name}-perl.svg")
        cells = [f"{cpu:.2f} s, {peak:.0f} MB" for cpu, peak in [usual, full, perl]]
        print(f"| {name} | {' | '.join(cells)} | {perl[0] / usual[0]:.0f} |", flush=True)

    print("\nbytes\n\n| stacks | frames | SVG | SVG, all frames | HTML | payload a frame | flamegraph.pl |")
    print("|---|---|---|---|---|---|---|")
    for name in list(made) + ["recorded"]:
        full = facts(f"{folder}/{name}-full.svg")
        print(
            f"| {name} | {full[1]:,} | {size(os.path.getsize(f'{folder}/{name}.svg'))} | {size(full[0])} | "
            f"{size(os.path.getsize(f'{folder}/{name}.html'))} | {full[2] / full[1]:.1f} | "
            f"{size(os.path.getsize(f'{folder}/{name}-perl.svg'))} |"
        )
    print(f"\nviewer in each file: {size(full[3])}")


def perf_text(flameback, folder):
    path = inputs(folder, [25_000])[25_000]
    text = f"{folder}/stacks.perf.txt"
    subprocess.run([flameback, "report", "-q", path, "-o", text], check=True)
    samples = int(
        subprocess.run(["grep", "-c", "cpu-clock:$", text], capture_output=True, text=True, check=True).stdout
    )
    cpu, peak = measure([flameback, "report", text, "-o", f"{folder}/perf.folded"])
    folded = sum(int(line.rsplit(" ", 1)[1]) for line in open(f"{folder}/perf.folded"))
    print(
        f"\nperf script text of {samples:,} samples ({size(os.path.getsize(text))}) to folded: "
        f"{cpu:.2f} s CPU, {peak:.0f} MB, {samples - folded} samples dropped"
    )


def difference(flameback, folder, made):
    """Against the same stacks, one in ten of them twice as heavy."""
    print("\nflameback diff, to SVG\n\n| stacks | CPU, memory |\n|---|---|")
    for name in [name for name in made if name >= 100_000]:
        after = f"{folder}/{name}-after.folded"
        with open(made[name], encoding="utf-8") as before, open(after, "w", encoding="utf-8") as sink:
            for number, line in enumerate(before):
                stack, count = line.rsplit(" ", 1)
                sink.write(f"{stack} {int(count) * 2}\n" if number % 10 == 0 else line)
        cpu, peak = measure([flameback, "diff", made[name], after, "-o", f"{folder}/{name}-diff.svg"])
        print(f"| {name} | {cpu:.2f} s, {peak:.0f} MB |", flush=True)
        os.remove(after)


ACTION = """
const [act, done] = arguments, page = flameback, graph = page.view.graph;
const before = performance.now();
new Function('page', 'graph', act)(page, graph);
requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - before)));"""


def browse(flameback, folder, made):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.support.ui import WebDriverWait

    print("\nin headless Chromium, software raster: milliseconds until two frames later, medians of 3\n")
    print("| file | load | zoom | reset | search | reversed view |\n|---|---|---|---|---|---|")
    for name, path in made.items():
        for kind, options in [("-full.svg", ["--full"]), (".html", [])]:
            subprocess.run([flameback, "report", "-q", path, *options, "-o", f"{folder}/{name}{kind}"], check=True)
            results = []
            for _ in range(3):
                chrome = webdriver.ChromeOptions()
                chrome.binary_location = "/usr/bin/chromium"
                for argument in [
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--window-size=1200,800",
                    "--disable-dev-shm-usage",
                ]:
                    chrome.add_argument(argument)
                driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=chrome)
                driver.set_script_timeout(120)
                try:
                    driver.get(f"file://{folder}/{name}{kind}")
                    WebDriverWait(driver, 60, 0.02).until(
                        lambda _: driver.execute_script("return Boolean(globalThis.flameback?.view)")
                    )
                    load = driver.execute_async_script(
                        "const done = arguments[0]; requestAnimationFrame(() => done(flameback.shownAt));"
                    )
                    acts = [
                        "page.zoomTo(graph, graph.rows[6].nodes[0])",
                        "page.go({ zoom: [] })",
                        "page.go({ query: 'read|Page' }, false)",
                        "page.go({ query: '', view: 'reversed' })",
                    ]
                    results.append([load] + [driver.execute_async_script(ACTION, act) for act in acts])
                finally:
                    driver.quit()
            cells = [f"{statistics.median(column):.0f}" for column in zip(*results)]
            print(f"| {name}{kind} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="without a million stacks")
    parser.add_argument("--stacks", default="1000,10000,100000,1000000", help="sizes of the inputs: %(default)s")
    parser.add_argument("--parts", default="render,text,difference,browser", help="tables to print: %(default)s")
    parser.add_argument("flameback")
    parser.add_argument("folder")
    options = parser.parse_args()
    flameback, folder = map(os.path.abspath, (options.flameback, options.folder))
    os.makedirs(folder, exist_ok=True)
    counts = [int(count) for count in options.stacks.split(",")]
    made = inputs(folder, [count for count in counts if count < 1_000_000 or not options.quick])
    tables = {
        "render": lambda: render(flameback, folder, made, record(flameback, folder)),
        "text": lambda: perf_text(flameback, folder),
        "difference": lambda: difference(flameback, folder, made),
        "browser": lambda: browse(flameback, folder, made),
    }
    for part in options.parts.split(","):
        tables[part]()


main()
