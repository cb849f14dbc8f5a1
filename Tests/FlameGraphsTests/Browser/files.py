# SPDX-License-Identifier: Apache-2.0
"""Static pictures, saved files and print."""

import base64
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from viewer import Viewer, expect


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
