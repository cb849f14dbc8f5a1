# SPDX-License-Identifier: Apache-2.0
"""Opens pictures and pages in headless Chromium: no name in them may run as a script.

usage: browser.py FILE…     (with the Python that has selenium; prints "ok", or what happened)

A name that runs sets `hostile` or opens a dialog. That this would be seen is tried first.
"""

import base64
import sys

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

BAIT = "<html><body><script>hostile = 1</script><img src=x onerror='alert(1)'></body></html>"


def start():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    options.set_capability("unhandledPromptBehavior", "ignore")
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def has_dialog(driver):
    try:
        driver.switch_to.alert.accept()
        return True
    except NoAlertPresentException:
        return False


def what_happens(driver, address):
    """A sentence, or nothing."""
    driver.get(address)
    if has_dialog(driver):
        return "a dialog opened"
    # Our own viewer has its data by then; it draws all names, and shows the longest in the table.
    WebDriverWait(driver, 20).until(lambda _: driver.execute_script("return Boolean(globalThis.flameback?.view)"))
    for view in ["icicle", "sandwich", "top", "tree"]:
        driver.execute_script("location.hash = arguments[0]", f"#v={view}&q=script")
        driver.execute_script("return document.documentElement.outerHTML.length")
    if has_dialog(driver):
        return "a dialog opened"
    if driver.execute_script("return globalThis.hostile !== undefined"):
        return "a name ran as a script"
    if not driver.execute_script("return flameback.data.labels.names.length > 3"):
        return "it holds no names"
    return None


def main():
    driver = start()
    try:
        driver.get("data:text/html;base64," + base64.b64encode(BAIT.encode()).decode())
        WebDriverWait(driver, 20).until(lambda _: has_dialog(driver))
        if not driver.execute_script("return globalThis.hostile === 1"):
            sys.exit("this browser runs no scripts")
        for path in sys.argv[1:]:
            if fault := what_happens(driver, "file://" + path):
                sys.exit(f"{path.rpartition('/')[2]}: {fault}")
    finally:
        driver.quit()
    print("ok")


main()
