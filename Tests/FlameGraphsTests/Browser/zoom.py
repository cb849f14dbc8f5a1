# SPDX-License-Identifier: Apache-2.0
"""Loads flame graphs in headless Chromium, zooms, resets, and watches for what must not happen.

usage: zoom.py SERVER.svg HOSTILE.svg
"""

import sys

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

MARGIN = 20


def start():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,700",
                     "--hide-scrollbars", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Graph:
    def __init__(self, driver, path):
        self.driver = driver
        driver.get("file://" + path)
        self.boxes = driver.find_elements(By.CSS_SELECTOR, "#boxes > g")

    def box(self, beginning):
        for box in self.boxes:
            title = box.find_element(By.TAG_NAME, "title").get_attribute("textContent")
            if title.startswith(beginning):
                return box
        raise AssertionError("no box " + beginning)

    def state(self):
        return self.driver.execute_script("""
            return Array.from(document.querySelectorAll('#boxes > g'), (g) => {
              const [rect, text] = [g.querySelector('rect'), g.querySelector('text')];
              return [g.hasAttribute('display'), g.getAttribute('class') || '',
                rect.getAttribute('x'), rect.getAttribute('width'), text ? text.textContent : ''];
            })""")

    def width(self, box):
        return box.find_element(By.TAG_NAME, "rect").rect["width"]

    def label(self, box):
        return box.find_element(By.TAG_NAME, "text").get_attribute("textContent")

    def press(self, key):
        webdriver.ActionChains(self.driver).send_keys(key).perform()


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def check_quiet(driver):
    try:
        text = driver.switch_to.alert.text
        raise AssertionError("a dialog opened: " + text)
    except NoAlertPresentException:
        pass
    log = driver.get_log("browser")
    expect(not log, f"the console says {log}")
    expect(driver.execute_script("return window.hostile === undefined"), "a name ran as script")


def check_zoom(driver, path):
    graph = Graph(driver, path)
    expect(not driver.find_elements(By.ID, "hint"), "the hint for static readers is still there")
    whole = driver.execute_script("return document.documentElement.getBoundingClientRect().width")
    expect(whole == driver.execute_script("return innerWidth"), "the picture does not fit the window")
    root = graph.box("all ")
    reset = driver.find_element(By.ID, "reset")
    before = graph.state()
    expect(abs(graph.width(root) - (whole - 2 * MARGIN)) < 1, "the root does not fill the window")
    expect(not any(box[0] for box in before), "something is hidden before any zoom")
    expect(not reset.is_displayed(), "there is a button to reset nothing")

    call = graph.box("entry_SYSCALL_64 ([kernel.kallsyms]) 95 ")
    sibling = graph.box("libstripped.so.1+0x1a30 ")
    caller = graph.box("main ")
    callee = graph.box("vfs_write ([kernel.kallsyms]) 95 ")
    expect(graph.label(call) == "entry_SYSCALL_…", "label before: " + graph.label(call))
    call.click()
    for box in [root, caller, call, callee]:
        expect(abs(graph.width(box) - (whole - 2 * MARGIN)) < 1, "a box on the way is not full")
    expect(graph.label(call) == "entry_SYSCALL_64", "label in zoom: " + graph.label(call))
    expect(not sibling.is_displayed(), "a box beside the zoom is shown")
    expect("caller" in caller.get_attribute("class"), "a caller is not dimmed")
    expect("caller" not in (callee.get_attribute("class") or ""), "a callee is dimmed")
    expect(reset.is_displayed(), "no button to reset")

    def is_reset():
        now = graph.state()
        return [[*a[:1], a[1].strip(), *a[2:]] for a in now] == before and not reset.is_displayed()

    graph.press(Keys.ESCAPE)
    expect(is_reset(), "Esc does not restore the picture")
    call.click()
    reset.click()
    expect(is_reset(), "the button does not restore the picture")
    call.click()
    root.click()
    expect(is_reset(), "a click on the root does not restore the picture")

    # By keyboard: from the root up to the first thread, one to the right, in, and out.
    driver.execute_script("arguments[0].focus()", root)
    for key in [Keys.ARROW_UP, Keys.ARROW_RIGHT, Keys.ENTER]:
        graph.press(key)
    thread = graph.box("kswapd0 ")
    expect(abs(graph.width(thread) - (whole - 2 * MARGIN)) < 1, "Enter does not zoom")
    graph.press(Keys.ESCAPE)
    expect(is_reset(), "Esc does not restore the picture after the keyboard's zoom")

    # A narrower window: the picture follows, and no text grows or shrinks.
    driver.set_window_size(800, 700)
    narrow = driver.execute_script("return innerWidth")
    WebDriverWait(driver, 10).until(
        lambda _: abs(graph.width(root) - (narrow - 2 * MARGIN)) < 1)
    check_quiet(driver)


def check_static(driver, path):
    """At the file's own width the script draws what the file says."""
    static = open(path, encoding="utf-8").read()
    driver.set_window_size(1200, 700)
    graph = Graph(driver, path)
    width = driver.execute_script("return innerWidth")
    expect(width == 1200, f"the window is {width} wide")
    for hidden, _, x, box_width, label in graph.state():
        expect(not hidden and f'<rect x="{x}"' in static, f"x={x} is not in the file")
        expect(f' width="{box_width}" ' in static, f"width={box_width} is not in the file")
        escaped = label
        for plain, entity in [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"),
                              ("'", "&#39;")]:
            escaped = escaped.replace(plain, entity)
        expect(not label or f">{escaped}</text>" in static, f"label {label} is not in the file")
    check_quiet(driver)


def check_hostile(driver, path):
    graph = Graph(driver, path)
    expect(len(graph.boxes) == 69, f"{len(graph.boxes)} boxes")
    before = graph.state()
    for box in graph.boxes[1::9]:
        box.click()
        graph.press(Keys.ESCAPE)
    after = [[*a[:1], a[1].strip(), *a[2:]] for a in graph.state()]
    expect(after == before, "zoom and reset changed the picture")
    check_quiet(driver)


def main():
    driver = start()
    try:
        check_zoom(driver, sys.argv[1])
        check_static(driver, sys.argv[1])
        check_static(driver, sys.argv[2])
        check_hostile(driver, sys.argv[2])
    finally:
        driver.quit()
    print("ok")


main()
