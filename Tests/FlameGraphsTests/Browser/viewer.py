# SPDX-License-Identifier: Apache-2.0
"""Opens flame graphs in headless Chromium, uses them as a reader does, and watches for what must not
happen.

usage: viewer.py FOLDER, with server, hostile, realistic, difference and large .svg and .html, capped.svg,
hostile-difference.html, timed.html, split.html, server.png (the same drawn by librsvg), stacks (those of realistic)
and times (those of timed)
"""

import base64
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

from selenium import webdriver
from selenium.common.exceptions import (
    ElementNotInteractableException,
    NoAlertPresentException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

VIEWS = ["flame", "icicle", "reversed", "sandwich", "top", "tree"]


def start():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1200,900",
        "--hide-scrollbars",
        "--disable-dev-shm-usage",
    ]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


class Viewer:
    def __init__(self, driver, path, state=""):
        self.driver = driver
        self.path = path
        driver.get("about:blank")
        driver.get("file://" + path + state)
        self.wait(
            lambda: driver.execute_script("return Boolean(globalThis.flameback?.view)"), "the viewer does not start"
        )

    def wait(self, condition, what):
        WebDriverWait(self.driver, 120, 0.05).until(lambda _: condition(), f"{self.path}: {what}")

    def run(self, script, *arguments):
        return self.driver.execute_script("const page = flameback, graph = page.view.graph;" + script, *arguments)

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def click(self, name):
        """On the widest box of that name."""
        x, y = self.run(
            """
            let best;
            for (let node = 0; node < graph.tree.count; node++) {
              const place = graph.place(node);
              if (place && page.name(graph.tree.label[node]) === arguments[0] && !(best?.w >= place.w)) best = place;
            }
            const bounds = graph.element.getBoundingClientRect();
            return [bounds.left + best.x + best.w / 2, bounds.top + best.y + 8];""",
            name,
        )
        expect(0 <= y < 900, f"{name} is not on the screen: {y}")
        action = ActionChains(self.driver)
        action.w3c_actions.pointer_action.move_to_location(int(x), int(y))
        action.w3c_actions.pointer_action.click()
        action.perform()

    def menu(self, name, item):
        """Opens the menu of the first node of that name, and takes an item."""
        self.run(
            """
            const node = graph.tree.label.findIndex((label) => page.name(label) === arguments[0]);
            page.menu.offer(graph, node, {clientX: 9, clientY: 9});""",
            name,
        )
        self.driver.find_element(By.XPATH, f"//*[@role='menuitem'][text()='{item}']").click()

    def saved(self, folder, item, name):
        """What is downloaded."""
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": folder})
        path = f"{folder}/{name}"
        if os.path.exists(path):
            os.remove(path)
        entries = (By.XPATH, f"//*[@role='menuitem'][text()='{item}']")

        def choose():
            # A page that still scrolls closes its menus, also between the two steps.
            self.press("s")
            try:
                self.driver.find_element(*entries).click()
            except (ElementNotInteractableException, StaleElementReferenceException):
                return False
            return True

        self.wait(choose, "no menu")
        self.wait(lambda: os.path.exists(path), f"{item} is not saved")
        return open(path, encoding="utf-8").read()

    def picture(self):
        return self.run("return graph.boxes.innerHTML + graph.texts.innerHTML")

    def labels(self):
        return self.run("return Array.from(graph.texts.children, (text) => text.textContent)")

    def zoomed(self):
        return self.run("return page.name(graph.tree.label[graph.zoomed])")

    def focused(self):
        return self.run("return graph.focus < 0 ? '' : page.name(graph.tree.label[graph.focus])")

    def result(self):
        return self.driver.find_element(By.CLASS_NAME, "result").text.replace("\u00a0", " ")

    def search(self, query):
        field = self.driver.find_element(By.CSS_SELECTOR, "input[type=search]")
        field.clear()
        field.send_keys(query)
        self.wait(
            lambda: self.run("return page.state.query === arguments[0] && !page.found?.isPending", query), "no search"
        )
        return self.result()

    def check_quiet(self):
        try:
            text = self.driver.switch_to.alert.text
            raise AssertionError("a dialog opened: " + text)
        except NoAlertPresentException:
            pass
        log = self.driver.get_log("browser")
        expect(not log, f"{self.path}: the console says {log}")
        expect(self.driver.execute_script("return window.hostile === undefined"), "a name ran as script")


def check_zoom(driver, path):
    viewer = Viewer(driver, path)
    expect("Open this file" not in driver.page_source, "the hint for static readers is still there")
    before = viewer.picture()
    expect("entry_SYSCALL_…" in viewer.labels(), f"labels: {viewer.labels()}")
    reset = driver.find_element(By.XPATH, "//*[text()='Reset zoom']")
    expect(not reset.is_displayed(), "there is a button to reset nothing")

    viewer.click("__write")
    expect(viewer.zoomed() == "__write", "a click does not zoom")
    expect("entry_SYSCALL_…" not in viewer.labels(), "a zoomed label is cut")
    expect("next_token" not in viewer.labels(), "a box beside the zoom is shown")
    expect("main" in viewer.labels(), "a caller is not shown")
    expect("z=server" in driver.current_url, "the address does not know the zoom")
    expect(reset.is_displayed(), "no button to reset")
    way = driver.find_element(By.CLASS_NAME, "path")
    expect(
        way.get_attribute("textContent") == "all›server›__libc_start_main›main›server::Loop::run(std::…›__write",
        way.get_attribute("textContent"),
    )
    way.find_element(By.XPATH, "*[text()='main']").click()
    expect(viewer.zoomed() == "main" and way.text.endswith("main"), f"{viewer.zoomed()}: {way.text}")
    viewer.press(Keys.ESCAPE)
    expect(viewer.picture() == before, "Esc does not restore the picture")
    expect(not way.text, "a way to nowhere")
    viewer.click("__write")
    reset.click()
    expect(viewer.picture() == before, "the button does not restore the picture")
    viewer.click("vfs_write")
    driver.back()
    viewer.wait(lambda: viewer.picture() == before, "the browser's back does not undo the zoom")

    # By keyboard: to the threads, one to the left, in, and out.
    driver.execute_script("document.querySelector('svg.graph').focus()")
    for key, there in [
        (Keys.HOME, "all"),
        (Keys.ARROW_UP, "server"),
        (Keys.ARROW_LEFT, "kswapd0"),
        (Keys.ARROW_DOWN, "all"),
        (Keys.ARROW_UP, "server"),
    ]:
        viewer.press(key)
        expect(viewer.focused() == there, f"{viewer.focused()} instead of {there}")
    viewer.press(Keys.ENTER)
    expect(viewer.zoomed() == "server", "Enter does not zoom")
    said = driver.find_element(By.CLASS_NAME, "unseen").get_attribute("textContent")
    expect("server" in said and "75.00" in said, f"a screen reader hears: {said}")
    # Upside down, zoom and choice are the same.
    viewer.press(Keys.ARROW_UP)
    chosen = viewer.focused()
    viewer.press("i")
    expect(
        (viewer.zoomed(), viewer.focused()) == ("server", chosen),
        f"{viewer.zoomed()}, {viewer.focused()}, not {chosen}",
    )
    viewer.press(Keys.ARROW_UP)
    expect(viewer.focused() == "server", f"keys are lost: {viewer.focused()}")
    viewer.press("i")
    viewer.press("0")
    expect(viewer.picture() == before, "0 does not restore the picture")

    # The tooltip says who, where and how much.
    x, y = viewer.run(
        """
        const at = graph.placeOnPage(graph.tree.label.findIndex((label) => page.name(label) === 'is_blank'));
        return [at.clientX, at.clientY];"""
    )
    action = ActionChains(driver)
    action.w3c_actions.pointer_action.move_to_location(int(x), int(y))
    action.perform()
    tip = driver.find_element(By.CLASS_NAME, "tooltip").text.replace("\u00a0", " ")
    for part in ["is_blank", "server", "/src/token.h:1", "inlined", "190 samples", "19.00 % of all"]:
        expect(part in tip, f"{part} is not in the tooltip: {tip}")

    # A narrower window: the picture follows.
    driver.set_window_size(600, 900)
    viewer.wait(
        lambda: viewer.run("return Number(graph.element.getAttribute('width'))") < 600,
        "the picture is wider than the window",
    )
    driver.set_window_size(1200, 900)
    viewer.check_quiet()


def check_views(driver, path):
    viewer = Viewer(driver, path)
    flame = viewer.picture()
    for number, view in enumerate(VIEWS, start=1):
        viewer.press(str(number))
        expect(viewer.run("return page.state.view") == view, f"{number} is not {view}")
        expect(driver.find_element(By.TAG_NAME, "main").text, f"{view} is empty")
        viewer.check_quiet()
    viewer.press("1")
    expect(viewer.picture() == flame, "another look changed the picture")
    viewer.press("i")
    expect(viewer.run("return page.state.view") == "icicle", "i does not turn it over")

    # The same total, from the other end.
    viewer = Viewer(driver, path, "#v=reversed")
    expect(viewer.run("return graph.tree.total[0] === page.data.tree.total[0]"), "samples got lost")
    viewer = Viewer(driver, path, "#v=sandwich&of=vfs_write")
    text = driver.find_element(By.TAG_NAME, "main").text.replace("\u00a0", " ")
    expect("195 samples, 19.50 % of all" in text, text)
    viewer.run("page.go({of: 'main'}); document.querySelectorAll('svg.graph')[1].focus()")
    viewer.press(Keys.ARROW_DOWN, Keys.ENTER)
    reset = driver.find_element(By.XPATH, "//*[text()='Reset zoom']")
    expect(reset.is_displayed(), "a half does not zoom")
    viewer.press(Keys.ESCAPE)
    expect(not reset.is_displayed(), "Esc does not undo the zoom of a half")
    viewer = Viewer(driver, path, "#v=top&q=vfs_write")
    row = driver.find_element(By.CSS_SELECTOR, "tbody tr").text.replace("\u00a0", " ")
    expect("10.00 %" in row and "19.50 %" in row and "vfs_write" in row, row)
    viewer = Viewer(driver, path, "#hide=main&drop=kswapd0")
    expect("main" not in viewer.labels(), "what is hidden is shown")
    expect(viewer.run("return graph.tree.total[0]") == 900, "what is dropped still counts")
    viewer = Viewer(driver, path, "#only=vfs_write")
    expect(viewer.run("return graph.tree.total[0]") == 195, "more than what was asked for")
    viewer = Viewer(driver, path)
    whole = viewer.run("return graph.tree.total[0]")
    viewer.menu("nft_do_chain", "Hide all of [nf_tables]")
    expect("nft_do_chain" not in viewer.labels() and "vfs_write" in viewer.labels(), f"{viewer.labels()}")
    expect(viewer.run("return graph.tree.total[0]") == whole, "samples of a hidden module are lost")
    driver.find_element(By.CSS_SELECTOR, ".chips button").click()
    expect("nft_do_chain" in viewer.labels(), "the module stays hidden")
    # A filter by a search follows its settings.
    viewer = Viewer(driver, path, "#keep=VFS_WRITE")
    expect(viewer.run("return graph.tree.total[0]") == 195, "another filter")
    viewer.run("page.go({exactCase: true})")
    expect(viewer.run("return graph.tree.total[0]") == 0, "the case is not that of the filter")
    viewer.check_quiet()


def check_names(driver, path):
    viewer = Viewer(driver, path)
    names = {
        "std::vector<int, std::allocator<int> >::push_back(int const&)": "std::vector<…>::push_back(…)",
        "Set<A<B>>::find(std::function<void (int)> const&) const [clone .cold]": "Set<…>::find(…) const [clone .cold]",
        "bool std::operator< <int>(A<int>, int)": "bool std::operator< <…>(…)",
        "A::operator->() const": "A::operator->() const",
        "f::{lambda(int)#1}::operator()(int) const": "f::{lambda(int)#1}::operator()(…) const",
        "(anonymous namespace)::work(long)": "(anonymous namespace)::work(…)",
        "main.(*Server).Serve": "main.(*Server).Serve",
        "<alloc::vec::Vec<T> as Drop>::drop": "<alloc::vec::Vec<…> as Drop>::drop",
        "Foo.<init>": "Foo.<init>",
        "<module> (run.py:12)": "<module> (run.py:12)",
        "a<b": "a<b",
        "main": "main",
    }
    shown = viewer.run(
        """
        page.state.names = 'short';
        return arguments[0].map((name) => {
          page.data.labels.names[1] = name;
          page.shortNames = [];
          return page.shownName(1);
        });""",
        list(names),
    )
    expect(shown == list(names.values()), f"{shown}")
    viewer = Viewer(driver, path)
    expect("entry_SYSCALL_…" in viewer.labels(), f"{viewer.labels()}")
    for parse, call in [
        ("server::parse(…)", "entry_SYSCALL_…"),
        ("server::parse(std::string_view)", "…try_SYSCALL_64"),
        ("server::parse(…)", "…try_SYSCALL_64"),
        ("server::parse(std::string_view)", "entry_SYSCALL_…"),
    ]:
        viewer.press("a")
        expect({parse, call} <= set(viewer.labels()), f"no {parse} and {call} in {viewer.labels()}")
    viewer.press("a")
    again = Viewer(driver, path, "#" + driver.current_url.split("#")[1])
    expect("parse(…)" in str(again.labels()), "a link does not carry it")
    # On a phone each name is cut where its cell ends, and something of it is left.
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    for file in [path, path.replace("server", "difference")]:
        wide = Viewer(driver, file, "#v=top").run(
            """
            return Array.from(document.querySelectorAll('td .name'))
              .filter((name) => name.getBoundingClientRect().right
                > Math.min(innerWidth, name.parentNode.getBoundingClientRect().right))
              .map((name) => name.textContent);"""
        )
        expect(not wide, f"{file}: out of sight: {wide}")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    viewer.check_quiet()


def check_ways(driver, path):
    """Shares and copies say whose they are, from whichever end a view comes."""
    stack = """
        const at = Array.from(tree.label)
          .findIndex((label, node) => page.name(label) === arguments[0] && tree.parent[node] >= 0);
        page.tooltip.show({ tree, zoomed: 0 }, at, {clientX: 9, clientY: 9});
        return [page.folded(at, tree), page.tooltip.element.innerText.replaceAll('\u00a0', ' ')];"""
    line = "kswapd0;entry_SYSCALL_64;vfs_write 100"
    viewer = Viewer(driver, path)
    folded, tip = viewer.run("const { tree } = graph;" + stack, "vfs_write")
    expect(folded == line and "100.00 % of its caller" in tip, f"{folded}: {tip}")
    expect("(1.01 s)" in tip, tip)
    viewer = Viewer(driver, path, "#v=reversed")
    folded, tip = viewer.run("const { tree } = graph;" + stack, "kswapd0")
    expect(folded == line and "100.00 % of its callee" in tip, f"{folded}: {tip}")
    viewer = Viewer(driver, path, "#v=sandwich&of=entry_SYSCALL_64")
    halves = [
        viewer.run("const tree = page.view.halves[arguments[1]].tree;" + stack, name, half)
        for half, name in enumerate(["kswapd0", "vfs_write"])
    ]
    expect(
        [folded for folded, _ in halves] == ["kswapd0;entry_SYSCALL_64 100", "entry_SYSCALL_64;vfs_write 195"],
        f"{halves}",
    )
    expect("51.28 % of all" in halves[0][1], f"{halves}")
    viewer.check_quiet()


def check_saved(driver, folder, name, stacks):
    """The view as files: all its samples, all its labels."""
    viewer = Viewer(driver, f"{folder}/{name}")

    def sums(lines):
        found = {}
        for path, count in lines:
            found[path] = found.get(path, 0) + int(count)
        return found

    def written(names):
        comm, *frames = [name.replace(";", ":") for name in names]
        return ";".join([comm.replace(" ", "_"), *(re.sub(r" (?=[0-9.]+$)", "_", name) for name in frames)])

    expected = sums((written(names), count) for names, count in stacks)
    for state in ["", "#v=reversed", "#v=top"]:
        viewer = Viewer(driver, f"{folder}/{name}", state)
        lines = viewer.saved(folder, "Folded stacks", "flameback.folded").splitlines()
        expect(sums(line.rsplit(" ", 1) for line in lines) == expected, f"{name}{state}: other stacks")
    viewer = Viewer(driver, f"{folder}/{name}")
    below = max((names[:3] for names, _ in stacks if len(names) > 3), key=len)
    viewer.run("page.go({zoom: arguments[0]})", list(below))
    lines = viewer.saved(folder, "Folded stacks", "flameback.folded").splitlines()
    expect(
        sum(int(line.rsplit(" ", 1)[1]) for line in lines)
        == sum(count for names, count in stacks if names[:3] == below),
        "not what is zoomed to",
    )
    viewer.check_quiet()


def check_saved_picture(driver, folder, name, state=""):
    viewer = Viewer(driver, f"{folder}/{name}", state)
    labels = viewer.run(
        "return Array.from(document.querySelectorAll('svg.graph .labels text'), (text) => text.textContent)"
    )
    svg = viewer.saved(folder, "Picture (SVG)", "flameback.svg")
    viewer.check_quiet()
    space = "{http://www.w3.org/2000/svg}"
    picture = ElementTree.fromstring(svg)
    drawn = ["".join(text.itertext()) for text in picture.iter(space + "text")]
    expect(all(label in drawn for label in labels), f"{name}{state}: {set(labels) - set(drawn)}")
    expect(viewer.run("return page.fact('title')") in drawn, "no title")
    expect(
        not list(picture.iter(space + "script")) and "var(" not in svg and "light-dark" not in svg,
        "it is no plain picture",
    )
    png = subprocess.run(["rsvg-convert"], input=svg.encode(), capture_output=True, check=True).stdout
    check_image(driver, svg.encode(), png)


def check_print(driver, path):
    viewer = Viewer(driver, path)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    # As wide as when it was drawn, on a narrower page, and in the dark.
    width, ground, nav = viewer.run(
        """
        page.host.style.width = '600px';
        document.documentElement.dataset.theme = 'dark';
        return [graph.element.getBoundingClientRect().width, getComputedStyle(page.host).backgroundColor,
          getComputedStyle(page.controls.bar).display];"""
    )
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    expect(500 < width <= 600, f"{width} of 600 pixels")
    expect(ground == "rgb(255, 255, 255)" and nav == "none", f"{ground}, {nav}")
    viewer.check_quiet()


def check_threads(driver, path):
    viewer = Viewer(driver, path)
    expect("server" in viewer.labels() and "server 43" not in viewer.labels(), "by name")
    viewer = Viewer(driver, path, "#by=process")
    for name in ["server 42", "kswapd0 7", "io worker 1 44"]:
        expect(name in viewer.labels(), f"no {name} in {viewer.labels()}")
    viewer = Viewer(driver, path, "#by=none")
    expect("server" not in viewer.labels(), "threads in one are still many")
    viewer.check_quiet()


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


def check_static(driver, folder, name):
    """The viewer draws what the file says, and the browser's <img> what librsvg draws."""
    static = open(f"{folder}/{name}.svg", encoding="utf-8").read()
    labels = static[static.index('<g class="labels"') :]
    labels = labels[: labels.index("</g>")]
    drawn = re.findall(r'<text(?: class="w")? x="([0-9.]+)" y="[0-9.]+">(.*?)</text>', labels)
    entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&")]
    for entity, plain in entities:
        drawn = [(x, text.replace(entity, plain)) for x, text in drawn]
    viewer = Viewer(driver, f"{folder}/{name}.svg")
    beyond = viewer.run(
        """
        return graph.labels.filter(({ element }) => {
          const { left, right, top, bottom } = element.getBoundingClientRect(), clientY = (top + bottom) / 2;
          return graph.at({ clientX: left + 1, clientY }) !== graph.at({ clientX: right - 1, clientY });
        }).map(({ element }) => element.textContent)"""
    )
    expect(not beyond, f"{name}: these reach over their boxes: {beyond}")
    shown = viewer.run(
        """
        return Array.from(graph.texts.children, (text) => [Number(text.getAttribute('x')) + 20, text.textContent])"""
    )
    expect(viewer.run("return graph.element.getAttribute('width')") == "1160", "not as wide")
    missing = [
        text for x, text in drawn if not any(other == text and abs(float(x) - there) < 0.2 for there, other in shown)
    ]
    expect(len(shown) == len(drawn) and not missing, f"{name}: {len(drawn)} labels, {missing}")
    viewer.check_quiet()


def check_look(driver, path):
    viewer = Viewer(driver, path)
    expect("Read <b>this</b>." in driver.find_element(By.TAG_NAME, "header").text, "no note")
    tip = viewer.run("page.tooltip.show(graph, 2, {clientX: 9, clientY: 9}); return page.tooltip.element.innerText")
    expect(tip.startswith("Function: "), tip)
    expect(viewer.run("return getComputedStyle(graph.labels[0].element).fontSize") == "16px", "other letters")
    expect(viewer.run("return graph.top(0) - graph.top(1)") == 26, "other rows")
    viewer.check_quiet()


def check_split(driver, path):
    """A CPU stands where it was, however threads are shown."""
    for group, threads in [("name", ["server"]), ("process", ["server 42", "io worker 1 44"]), ("none", [])]:
        viewer = Viewer(driver, path, "#by=" + group)
        labels = viewer.labels()
        for name in ["cgroup /a;b", "CPU 0", "CPU 1", *threads]:
            expect(name in labels, f"{group}: no {name} in {labels}")
        expect(threads or "server" not in labels, f"{group}: {labels}")
        expect(viewer.run("return graph.tree.total[0]") == 1000, f"{group}: another total")
    viewer.check_quiet()


def check_still(driver, path):
    """Nothing moves as a search begins and its result grows, on a desk and on a phone."""
    for width in [1200, 390]:
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        viewer = Viewer(driver, path)
        place = (
            "const { top, bottom } = graph.element.getBoundingClientRect(); return [top + scrollY, bottom + scrollY]"
        )
        before = viewer.run(place)
        viewer.run("page.go({query: 'vfs_write|is_blank'})")
        expect(viewer.run(place) == before, f"{path} moves at {width} pixels")
        viewer.check_quiet()
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def check_image(driver, svg, png):
    pictures = []
    for data, kind in [(svg, "svg+xml"), (png, "png")]:
        pictures.append(f"data:image/{kind};base64,{base64.b64encode(data).decode()}")
    driver.get("about:blank")
    differing = driver.execute_async_script(
        """
        const [svg, png, done] = arguments;
        const pixels = async (source) => {
          const image = new Image();
          image.src = source;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height).data;
        };
        Promise.all([pixels(svg), pixels(png)]).then(([a, b]) => {
          if (a.length !== b.length) return done(1);
          let far = 0;
          for (let i = 0; i < a.length; i++) if (Math.abs(a[i] - b[i]) > 48) far++;
          done(far / a.length);
        }, (error) => done(String(error)));""",
        *pictures,
    )
    # Letters differ in their edges, boxes do not.
    expect(isinstance(differing, float) and differing < 0.02, f"{differing} of the picture differs")


def check_difference(driver, path):
    viewer = Viewer(driver, path)

    def labels(width):
        viewer.run("page.go({width: arguments[0]})", width)
        return viewer.labels()

    expect({"+ cache_lookup", "− is_blank"} <= set(labels("both")), f"both: {viewer.labels()}")
    after, before = labels("after"), labels("before")
    expect("+ cache_lookup" in after and "− is_blank" not in after, f"after: {after}")
    expect("− is_blank" in before and "+ cache_lookup" not in before, f"before: {before}")
    viewer.press("w")
    expect(viewer.run("return page.state.width") == "after", "w does not change the width")
    expect("w=after" in driver.current_url, "the address does not know the width")
    viewer.press("w")

    def changed(name):
        return viewer.run(
            """
            const node = graph.tree.label.findIndex((label) => page.name(label) === arguments[0]);
            page.tooltip.show(graph, node, {clientX: 9, clientY: 9}, true);
            return [page.paint(graph.tree, node), page.tooltip.element.innerText.replaceAll('\u00a0', ' ')];""",
            name,
        )

    # Before 535 of 1,000 and after 240 of 2,000; as the picture has it, too.
    paint, tip = changed("server::parse(std::string_view)")
    expect(paint == 1, f"parse has paint {paint}")
    for part in [
        "before 53.50 % (535 samples)",
        "after 12.00 % (240 samples)",
        "−41.50 points: less",
        "self: before 34.50 %, after 12.00 %, −22.50 points",
    ]:
        expect(part in tip, f"{part} is not in the tooltip: {tip}")
    expect(changed("cache_lookup")[0] == 10 and changed("is_blank")[0] == 0, "new and gone")
    paint, tip = changed("__write")
    expect(paint == 5 and "~+0.30 points: within sampling noise" in tip, f"{paint}: {tip}")

    expect("Matched of all 53.50 % before, 12.00 % after" in viewer.search("parse"), viewer.result())
    flame = viewer.run("return graph.tree.sides.map((side) => side.total[0])")
    for state in ["#v=reversed", "#hide=main", "#v=reversed&w=after", "#rec=1&w=before"]:
        sums = Viewer(driver, path, state).run("return graph.tree.sides.map((side) => side.total[0])")
        expect(sums == flame == [1000, 2000], f"{state}: {sums}")
    Viewer(driver, path, "#v=top")
    row = driver.find_element(By.CSS_SELECTOR, "tbody tr").text.replace("\u00a0", " ")
    expect(row.startswith("0.00 % 58.00 % +58.00") and "cache_lookup" in row, row)
    Viewer(driver, path, "#v=tree")
    expect("−" in driver.find_element(By.TAG_NAME, "main").text, "no change in the tree")
    Viewer(driver, path, "#v=sandwich&of=cache_lookup")
    text = driver.find_element(By.TAG_NAME, "main").text.replace("\u00a0", " ")
    expect("before 0.00 %, after 58.00 %, +58.00 points" in text, text)
    viewer.check_quiet()


def check_times(driver, path, times):
    """The heat map, stretches of time and their difference, the chart; against plain counting."""
    viewer = Viewer(driver, path, "#v=heat")

    def count(stretch, leaf=None, thread=None):
        return sum(
            stretch[0] <= time < stretch[1] and leaf in (None, name) and thread in (None, owner)
            for time, owner, name in times
        )

    def drag(first, last, *held):
        """From one cell to another: (second, millisecond)."""
        points = viewer.run(
            """
            const { heat } = page.view, bounds = heat.element.getBoundingClientRect();
            return arguments[0].map(([second, ms]) => {
              const cell = Math.floor((second * 1e6 + ms * 1e3) / heat.cellTime);
              return [bounds.left + heat.x(cell) + heat.cellWidth / 2, bounds.top + heat.y(cell) + heat.cellHeight / 2];
            });""",
            [first, last],
        )
        actions = ActionChains(driver)
        for key in held:
            actions.key_down(key)
        pointer = actions.w3c_actions.pointer_action
        pointer.move_to_location(*map(round, points[0]))
        pointer.pointer_down()
        pointer.move_to_location(*map(round, points[1]))
        pointer.pointer_up()
        # Keys and pointer act side by side: the keys wait.
        for _ in range(4):
            actions.w3c_actions.key_action.pause()
        for key in held:
            actions.key_up(key)
        actions.perform()

    expect(viewer.run("return page.view.heat.cells.reduce((sum, cell) => sum + cell)") == len(times), "lost cells")
    expect("30 samples have no time" in driver.find_element(By.TAG_NAME, "main").text.replace("\u00a0", " "), "untold")
    cell = viewer.run("return page.view.heat.cellTime")
    drag((1, 210), (4, 730))
    chosen = (1.2e6, 4.7e6 + cell)
    expect("t=1.2-4.75" in driver.current_url, driver.current_url)
    expect(viewer.run("return graph.tree.total[0]") == count(chosen), f"not {count(chosen)} samples in the stretch")
    expect(
        f"total {count(chosen)} samples of 1,000"
        in driver.find_element(By.TAG_NAME, "footer").text.replace("\u00a0", " "),
        "footer",
    )
    viewer.press("5")
    rows = {
        row.find_element(By.CLASS_NAME, "name").text: row.text
        for row in driver.find_elements(By.CSS_SELECTOR, "tbody tr")
    }
    share = f"{100 * count(chosen, 'is_blank') / count(chosen):.2f}"
    expect(share in rows["is_blank"], f"{share} of {rows['is_blank']}")
    expect("nft_do_chain" not in rows, "what came later is there")

    viewer.press("7")
    drag((6, 510), (7, 450), Keys.CONTROL)
    base = (6.5e6, 7.45e6 + cell)
    expect("t0=6.5-7.5" in driver.current_url, driver.current_url)
    sides = viewer.run("return graph.tree.sides.map((side) => side.total[0])")
    expect(sides == [count(base), count(chosen)], f"{sides}")
    expect("− nft_do_chain" in viewer.labels(), f"no sign of what is gone: {viewer.labels()}")
    again = Viewer(driver, path, "#" + driver.current_url.split("#")[1])
    expect(again.run("return graph.tree.sides.map((side) => side.total[0])") == sides, "a link does not carry it")
    viewer.press(Keys.ESCAPE)
    expect(viewer.run("return graph.tree.total[0]") == 1000, "Esc does not give back the whole")

    viewer = Viewer(driver, path, "#v=chart")
    total = viewer.run("return graph.tree.samples[0]")
    expect(total == count((0, 1e8), thread="server 42"), f"{total} samples of the busiest thread")
    boxes = viewer.run(
        """
        const { tree } = graph;
        return Array.from(tree.label, (label, node) => [page.name(label), tree.left[node], tree.total[node]])
          .filter(([name]) => name === 'vfs_write');"""
    )
    writes = [time for time, owner, name in times if name == "nft_do_chain"]
    expect(
        len(boxes) == 1 and boxes[0][1] == writes[0] and abs(boxes[0][1] + boxes[0][2] - writes[-1] - 10101) < 2,
        f"{boxes}",
    )
    # Filters hold here, too.
    viewer.menu("vfs_write", "Hide this function")
    expect("vfs_write" not in viewer.labels(), "what is hidden is shown")
    viewer.run("page.go({hide: [], drop: ['nft_do_chain']})")
    expect(viewer.run("return graph.tree.samples[0]") == total - len(writes), "what is dropped is shown")
    viewer.run("page.go({drop: []})")
    viewer.click("libstripped.so.1+0x1a30")
    expect("t=5.2-6.4" in driver.current_url, driver.current_url)
    expect("vfs_write" not in viewer.labels(), "what ran later is shown")
    driver.back()
    viewer.wait(lambda: "vfs_write" in viewer.labels(), "back does not undo it")
    driver.find_element(By.CSS_SELECTOR, "select[aria-label=Thread] option:nth-child(2)").click()
    expect(viewer.run("return graph.tree.samples[0]") == count((0, 1e8), thread="io worker 1 44"), "another thread")
    viewer.check_quiet()


def check_hostile(driver, path):
    for view in VIEWS:
        viewer = Viewer(driver, path, f"#v={view}&q=script&of=%3Cimg%20src=x%20onerror=alert(9)%3E&z=<script>;%")
        viewer.check_quiet()
    viewer = Viewer(driver, path)
    count = viewer.run("return page.data.labels.names.length")
    expect(count > 20, f"{count} names")
    for node in range(1, viewer.run("return graph.tree.count"), 5):
        viewer.run(
            "page.zoomTo(graph, arguments[0]); page.tooltip.show(graph, arguments[0], {clientX: 9, clientY: 9}, true);"
            "page.menu.offer(graph, arguments[0], {clientX: 9, clientY: 9}); page.menu.close()",
            node,
        )
    viewer.check_quiet()


def check_patience(driver, path):
    """A pattern that would try for years is stopped, and nothing hangs meanwhile."""
    viewer = Viewer(driver, path)
    expect(viewer.search("(.+)+~") == "search stopped: this pattern takes too long", viewer.result())
    expect("Matched" in viewer.search("(al|er)+t.*1"), viewer.result())
    Viewer(driver, path, "#keep=(.%2B)%2B~").check_quiet()


def check_policy(driver, path):
    """Whatever gets into the page: no script but ours runs, nothing is fetched."""
    viewer = Viewer(driver, path)
    viewer.check_quiet()
    ran = viewer.run(
        """
        const script = document.createElement('script');
        script.textContent = 'window.hostile = 1';
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.hostile = 2">');
        return window.hostile;"""
    )
    expect(ran is None, "a foreign script ran")
    expect(
        any("Content Security Policy" in entry["message"] for entry in driver.get_log("browser")),
        "the policy says nothing",
    )


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
        check_hostile(driver, f"{folder}/hostile-difference.html")
        check_threads(driver, folder + "/server.html")
        check_policy(driver, folder + "/server.html")
        times = [line.rstrip("\n").split("\t") for line in open(folder + "/times", encoding="utf-8")]
        check_times(driver, folder + "/timed.html", [(int(time), owner, name) for time, owner, name in times])
        check_capped(driver, folder + "/capped.svg", stacks)
        for name in ["server", "hostile", "realistic", "difference", "large"]:
            check_static(driver, folder, name)
        check_look(driver, folder + "/large.html")
        check_split(driver, folder + "/split.html")
        for name in ["server.svg", "server.html", "timed.html", "difference.html"]:
            check_still(driver, f"{folder}/{name}")
        check_image(driver, *(open(f"{folder}/server.{kind}", "rb").read() for kind in ["svg", "png"]))
        check_saved_picture(driver, folder, "timed.html", "#v=chart")
    finally:
        driver.quit()
    print("ok")


main()
