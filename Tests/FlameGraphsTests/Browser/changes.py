# SPDX-License-Identifier: Apache-2.0
"""Differences, the heat map and the flame chart."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from viewer import Viewer, expect


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
