# SPDX-License-Identifier: Apache-2.0
"""Matched shares, the search box, and slow patterns."""

import re

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from viewer import Viewer, expect


def check_search(driver, path, stacks):
    """Matched shares are those of the stacks, counted here in the plainest way."""
    total = sum(count for _, count in stacks)

    def share(query, below=()):
        inside = [(names, count) for names, count in stacks if names[: len(below)] == below]
        found = sum(
            count
            for names, count in inside
            if any(re.search(query, name, re.IGNORECASE) for name in names[max(0, len(below) - 1) :])
        )
        return f"{100 * found / sum(count for _, count in inside):.2f} %"

    viewer = Viewer(driver, path)
    expect(viewer.run("return page.data.tree.total[0]") == total, "another total")
    # The heaviest path of four frames, to zoom to.
    below = max(
        {names[:5] for names, _ in stacks if len(names) > 6},
        key=lambda path: sum(count for names, count in stacks if names[:5] == path),
    )
    for view in ["flame", "reversed"]:
        for query in ["malloc|memcpy", "^columnar::.*insert", "samples", "[kv]fs_|do_sys", "(vfs|sys)+_.*r.*d"]:
            viewer = Viewer(driver, path, "#v=" + view)
            shown = viewer.search(query)
            expect(
                f"Matched {share(query)} of all" in shown, f"{path} {view} {query}: {shown}, but it is {share(query)}"
            )
    for query in ["malloc|memcpy", "^columnar::.*insert", "start_thread"]:
        viewer = Viewer(driver, path)
        viewer.search(query)
        viewer.run("page.go({zoom: arguments[0]})", list(below))
        expect(viewer.zoomed() == below[-1], f"no zoom to {below}")
        expected = f"Matched {share(query)} of all, {share(query, below)} of zoom"
        expect(expected in viewer.result(), f"{path} {query}: {viewer.result()}, not {expected}")
    viewer.check_quiet()


def check_search_box(driver, path):
    viewer = Viewer(driver, path)
    viewer.press("/")
    viewer.press("operator[")
    viewer.wait(lambda: "class" in viewer.result(), f"no error is shown: {viewer.result()}")
    field = driver.switch_to.active_element
    expect(field.get_attribute("aria-invalid") == "true", "the field does not look wrong")
    driver.find_element(By.CSS_SELECTOR, "button[aria-label='Plain text']").click()
    expect("Matched 0.00 % of all" in viewer.result(), viewer.result())
    driver.find_element(By.CSS_SELECTOR, "button[aria-label='Plain text']").click()

    viewer.search("vfs_write")
    expect("Matched 19.50 % of all · 1 function, 2 frames" in viewer.result(), viewer.result())
    viewer.press(Keys.ESCAPE)
    seen = []
    for key in "nnN":
        viewer.press(key)
        seen.append(viewer.run("return [graph.focus, page.name(graph.tree.label[graph.focus])]"))
    expect([name for _, name in seen] == 3 * ["vfs_write"], f"n went to {seen}")
    expect(seen[0] == seen[2] != seen[1], f"N does not go back: {seen}")
    viewer.search("fn:vfs_write")
    expect("19.50 %" in viewer.result(), viewer.result())
    # Whole words, also around what is no word itself; a mistake stays one.
    words = driver.find_element(By.CSS_SELECTOR, "button[aria-label='Whole words']")
    words.click()
    for query, share in [
        ("vfs_write", "19.50 %"),
        ("vfs_writ", "0.00 %"),
        ("parse", "53.50 %"),
        ("pars|vfs", "0.00 %"),
        (r"parse\(", "53.50 %"),
    ]:
        expect(f"Matched {share} of all" in viewer.search(query), f"{query}: {viewer.result()}")
    viewer.search("vfs)|(write")
    expect("Matched" not in viewer.result(), viewer.result())
    again = Viewer(driver, path, "#word=1&q=vfs_writ")
    expect("0.00 %" in again.result(), "a link does not carry it")
    driver.find_element(By.CSS_SELECTOR, "button[aria-label='Whole words']").click()
    viewer.search("file:token")
    expect("Matched 19.00 % of all · 2 functions" in viewer.result(), viewer.result())
    viewer.search("mod:nf_tables")
    expect("9.50 %" in viewer.result(), viewer.result())
    # Also where a flame stands on its root, on a small screen.
    driver.set_window_size(500, 400)
    viewer.run("scrollTo(0, document.documentElement.scrollHeight)")
    top, bottom = viewer.run(
        "const { top, bottom } = page.controls.result.getBoundingClientRect(); return [top, bottom - innerHeight]"
    )
    expect(viewer.run("return scrollY") > 100 and top >= 0 >= bottom, f"the result is out of sight: {top}, {bottom}")
    driver.set_window_size(1200, 900)
    # A link carries it all.
    again = Viewer(driver, path, "#" + driver.current_url.split("#")[1])
    expect("9.50 %" in again.result(), "a link does not carry the search")
    again.check_quiet()


def check_capped(driver, path, stacks):
    viewer = Viewer(driver, path)
    total = sum(count for _, count in stacks)
    expect(viewer.run("return graph.tree.total[0]") == total, "another total")
    for query in ["malloc|memcpy", "columnar"]:
        shown = re.search(r"Matched at least ([0-9.]+) % of all", viewer.search(query))
        expect(shown, viewer.result())
        true = sum(count for names, count in stacks if any(re.search(query, name) for name in names))
        expect(float(shown[1]) <= 100 * true / total + 0.005, f"{shown[1]} % is more than there is")
    expect("merged into their callers" in driver.find_element(By.TAG_NAME, "footer").text, "unsaid")
    viewer.check_quiet()


def check_patience(driver, path):
    """A pattern that would try for years is stopped, and nothing hangs meanwhile."""
    viewer = Viewer(driver, path)
    expect(viewer.search("(.+)+~") == "search stopped: this pattern takes too long", viewer.result())
    # Without any repetition, too: each alternative doubles the time.
    expect(viewer.search("(.|.)" * 28 + "~") == "search stopped: this pattern takes too long", viewer.result())
    expect("Matched" in viewer.search("(al|er)+t.*1"), viewer.result())
    Viewer(driver, path, "#keep=(.%2B)%2B~").check_quiet()
