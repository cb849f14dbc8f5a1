# SPDX-License-Identifier: Apache-2.0
"""Zoom, keyboard, tooltip, and what must not move."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from viewer import Viewer, expect


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
