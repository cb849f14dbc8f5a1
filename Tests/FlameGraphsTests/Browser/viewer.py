# SPDX-License-Identifier: Apache-2.0
"""A picture or page in headless Chromium, used as readers use it."""

import os

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoAlertPresentException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

# A click on an entry of a menu fails so where the menu was closed after the entry was found.
CLOSED_MEANWHILE = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)


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
            except CLOSED_MEANWHILE:
                return False
            return True

        self.wait(choose, "no menu")
        # Chromium reserves the name with an empty file, and gives it to the whole one.
        self.wait(lambda: os.path.exists(path) and os.path.getsize(path) > 0, f"{item} is not saved")
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
