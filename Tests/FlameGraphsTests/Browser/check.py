# SPDX-License-Identifier: Apache-2.0
"""Opens flame graphs in headless Chromium, uses them as a reader does, and checks that no name does harm.

usage: check.py FOLDER

FOLDER has server, hostile, realistic, difference, large and metrics .svg and .html, capped.svg, timed.html,
waits.html, split.html, stripped.html, hostile-difference.html, server.png (server.svg drawn by librsvg), stacks (those
of realistic) and times (those of timed).
"""

import sys

from changes import check_difference, check_times
from files import check_image, check_print, check_saved, check_saved_picture, check_static
from hostility import check_hostile, check_policy
from metrics import check_metrics, check_waits
from searching import check_capped, check_patience, check_search, check_search_box
from viewer import start
from views import check_look, check_names, check_nameless, check_split, check_threads, check_views, check_ways
from zooming import check_still, check_zoom


def main():
    folder = sys.argv[1]
    stacks = []
    for line in open(folder + "/stacks", encoding="utf-8"):
        names, count = line.rstrip("\n").rsplit("\t", 1)
        stacks.append((tuple(names.split("\u001f")), int(count)))
    driver = start()
    try:
        for kind in ["svg", "html"]:
            check_zoom(driver, f"{folder}/server.{kind}")
            check_views(driver, f"{folder}/server.{kind}")
            check_search_box(driver, f"{folder}/server.{kind}")
            check_names(driver, f"{folder}/server.{kind}")
            check_ways(driver, f"{folder}/server.{kind}")
            check_search(driver, f"{folder}/realistic.{kind}", stacks)
            check_saved(driver, folder, f"realistic.{kind}", stacks)
            check_print(driver, f"{folder}/server.{kind}")
            for name, state in [
                ("server", ""),
                ("hostile", ""),
                ("difference", "#v=sandwich&of=main"),
                ("server", "#q=vfs&z=server;main"),
            ]:
                check_saved_picture(driver, folder, f"{name}.{kind}", state)
            check_hostile(driver, f"{folder}/hostile.{kind}")
            check_difference(driver, f"{folder}/difference.{kind}")
            check_patience(driver, f"{folder}/hostile.{kind}")
            check_metrics(driver, f"{folder}/metrics.{kind}")
        check_waits(driver, f"{folder}/waits.html")
        check_hostile(driver, f"{folder}/hostile-difference.html")
        check_threads(driver, folder + "/server.html")
        check_policy(driver, folder + "/server.html")
        times = [line.rstrip("\n").split("\t") for line in open(folder + "/times", encoding="utf-8")]
        check_times(driver, folder + "/timed.html", [(int(time), owner, name) for time, owner, name in times])
        check_capped(driver, folder + "/capped.svg", stacks)
        for name in ["server", "hostile", "realistic", "difference", "large", "metrics"]:
            check_static(driver, folder, name)
        check_look(driver, folder + "/large.html")
        check_split(driver, folder + "/split.html")
        check_nameless(driver, folder + "/stripped.html")
        for name in ["server.svg", "server.html", "timed.html", "difference.html"]:
            check_still(driver, f"{folder}/{name}")
        check_image(driver, *(open(f"{folder}/server.{kind}", "rb").read() for kind in ["svg", "png"]))
        check_saved_picture(driver, folder, "timed.html", "#v=chart")
    finally:
        driver.quit()
    print("ok")


if __name__ == "__main__":
    main()
