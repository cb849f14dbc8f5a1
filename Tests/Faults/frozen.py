# SPDX-License-Identifier: Apache-2.0
"""Opens a page in headless Chromium by links with search patterns that take years.

Prints "ok", or those that freeze it.

usage: frozen.py FILE     (with the Python that has selenium)
"""

import sys
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.chrome.service import Service

# Each tries exponentially many ways to match a name of 40 times `a`, or is a power of its length.
PATTERNS = [
    "(a+)+~",
    "(a|a)+~",
    "(.|.)" * 28 + "~",
    "(?:a?a?)(?:a?a?)" * 6 + "a{30}~",
    "(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)" * 4 + "~",
    "(?=(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a))" + "(a|a)" * 28 + "~",
]
SECONDS = 10


def start():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(SECONDS)
    driver.set_script_timeout(SECONDS)
    return driver


def freezes(address=None, script="return 1"):
    """Whether a page at an address, or a script, keeps the browser busy."""
    driver = start()
    try:
        if address:
            driver.get(address)
        # Asked in a timer of its own: the page's work has begun by then.
        driver.execute_async_script("const [done] = arguments; setTimeout(() => { " + script + "; done(1) }, 500)")
        return False
    except (TimeoutException, WebDriverException):
        return True
    finally:
        driver.quit()


def main():
    if not freezes(script=f"new RegExp({PATTERNS[0]!r}).test('{'a' * 40}')"):
        print("without effect: this browser matches at once")
        return
    frozen = [pattern for pattern in PATTERNS if freezes(f"file://{sys.argv[1]}#q={urllib.parse.quote(pattern)}")]
    print(f"frozen by {' and '.join(frozen)}" if frozen else "ok")


main()
