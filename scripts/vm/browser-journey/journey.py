"""What scripts/vm/browser runs in the virtual machine: a person with a card, in a real Chromium."""

import os
import sys
import tempfile
import time

from chromium import Chromium
from house import KEYSTEAD, SITE, House, until
from key_wire import KeyWire

PIN, WRONG = "739251", "864207"
BADGE = "04a1b2c3d4e5f6"
BEGAN = time.monotonic()


def step(text):
    print(f"-- {text} ({time.monotonic() - BEGAN:.0f} s)", flush=True)


class Journey:
    def __init__(self, house, browser, wire):
        self.house, self.browser, self.wire = house, browser, wire

    def follow(self, ended, pins, patience=120):
        """Does what Chromium and the key ask for until the page has an end: taps, types the PINs one after another,
        confirms. The end, and what the key said on the way."""
        heard, end, pins = [], time.monotonic() + patience, list(pins)
        confirm = tapped = None
        while time.monotonic() < end:
            if outcome := ended():
                return outcome, heard
            said = self.wire.next(0.5)
            if said and said != "touch":
                heard.append(said)
            if said == "touch":
                # It is said again and again; the key is slow here.
                if tapped is None or time.monotonic() > tapped + 8:
                    tapped = time.monotonic()
                    self.house.tap(BADGE)
                continue
            if said:
                tapped = None
            if said and said.startswith("tries left") and pins:
                # The dialog has to be drawn first.
                time.sleep(3)
                self.browser.type(pins.pop(0))
                self.browser.press("Return")
            elif said in ("assertion", "credential"):
                confirm = time.monotonic() + 2
            if confirm and time.monotonic() > confirm:
                # It asks with which account to go on, although there is but one.
                self.browser.press("Return")
                confirm = time.monotonic() + 5
        raise TimeoutError(f"the page comes to no end; the key said {heard}")

    def at_site(self, page, pins=(PIN,)):
        """Uses a page of the other site: what it says in the end."""
        self.browser.open(f"{SITE}/{page}.html")
        self.wire.forget()
        self.browser.events.clear()
        self.browser.click("Click here to start")

        def ended():
            self.browser.listen()
            for event in self.browser.events:
                if event["method"] == "Page.javascriptDialogOpening":
                    self.browser.ask("Page.handleJavaScriptDialog", {"accept": True})
                    return event["params"]["message"]
                if event["method"] == "Runtime.exceptionThrown":
                    details = event["params"]["exceptionDetails"]
                    return details.get("exception", {}).get("description") or details["text"]
            return None

        return self.follow(ended, pins)

    def at_keystead(self):
        """Signs in to Keystead: the heading of the page that follows."""
        self.browser.open(f"{KEYSTEAD}/sign-in")
        self.wire.forget()
        self.browser.click("Sign in with your security key")
        heading = "document.querySelector('h1')?.innerText"

        def ended():
            problem = self.browser.evaluate("document.querySelector('[role=alert]')?.innerText")
            now = self.browser.evaluate(heading)
            return problem or (now if now and not now.startswith("Sign in") else None)

        return self.follow(ended, [PIN])


def expect(outcome, expected):
    said, heard = outcome
    if expected not in said:
        raise AssertionError(f"expected {expected!r}, got {said!r}; the key said {heard}")
    print(f"   {said!r}; the key said {heard}", flush=True)


def main():
    build, example, share = sys.argv[1:]
    folder = tempfile.mkdtemp()
    step("Chromium begins to start, and meanwhile the rest")
    browser = Chromium(folder)
    house = House(folder, build, sys.executable, example)
    try:
        device = house.enrol_agent()
        key = house.hand_out_card(BADGE, PIN)
        step(f"{device} is the security key, and the card is handed out")
        browser.wait_for_page(300)
        step("Chromium has started")
        journey = Journey(house, browser, KeyWire(device))

        step("It registers the card's key at another site")
        expect(journey.at_site("register"), "Registration successful")
        step("It signs in there without a user name")
        expect(journey.at_site("authenticate"), "Authentication successful")
        step("It signs in to Keystead without a user name")
        expect(journey.at_keystead(), "Dashboard")
        step("Done")
    except BaseException:
        browser.picture(f"{share}/screen.png")
        house.tell()
        raise


if __name__ == "__main__":
    main()
