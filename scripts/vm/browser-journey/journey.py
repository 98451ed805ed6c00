"""What scripts/vm/browser runs in the virtual machine: a person with a card, in a real Chromium."""

import contextlib
import sys
import tempfile
import time

from chromium import Chromium
from house import KEYSTEAD, SITE, House
from key_wire import KeyWire

PIN, WRONG = "739251", "864207"
BADGE = "04a1b2c3d4e5f6"
BEGAN = time.monotonic()
# CTAP 2.1 section 8.2.
OPERATION_DENIED, PIN_AUTH_BLOCKED = "status 0x27", "status 0x34"


def step(text):
    print(f"-- {text} ({time.monotonic() - BEGAN:.0f} s)", flush=True)


class Journey:
    """Uses pages as a person does who has a card and knows a PIN."""

    def __init__(self, house, browser, wire):
        self.house, self.browser, self.wire = house, browser, wire

    def follow(self, ended, pins=(PIN,), patience=150):
        """Does what Chromium and the key ask for until the page, or the key, comes to an end: taps, types the PINs one
        after another into Chromium's dialog, confirms the account. The end, and what the key said on the way."""
        heard, pins = [], list(pins)
        end = time.monotonic() + patience
        tapped = confirm = 0.0
        while time.monotonic() < end:
            if outcome := ended(heard):
                return outcome, heard
            said = self.wire.next(0.5)
            now = time.monotonic()
            # It is said again and again until the tap has arrived, which takes its time here.
            if said == "touch":
                if now > tapped + 10:
                    tapped = now
                    self.house.tap(BADGE)
            elif said:
                heard.append(said)
                tapped = 0.0
                if said.startswith("tries left") and pins:
                    # The dialog is drawn with that number.
                    time.sleep(3)
                    self.browser.type(pins.pop(0))
                    self.browser.press("Return")
                confirm = now + 2 if said == "assertion" else 0.0
            if confirm and now > confirm:
                # With which account? There is but one.
                self.browser.press("Return")
                confirm = now + 5
        raise TimeoutError(f"there is no end; the key said {heard}")

    def at_site(self, page, said=None, **how):
        """Uses a page of the other site, until that says how it ended or the key says the given word."""
        self.browser.open(f"{SITE}/{page}.html")
        self.wire.forget()
        self.browser.events.clear()
        self.browser.click("Click here to start")

        def ended(heard):
            self.browser.listen()
            for event in self.browser.events:
                if event["method"] == "Page.javascriptDialogOpening":
                    # Unless a key that was meant for Chromium's dialog has closed it.
                    with contextlib.suppress(RuntimeError):
                        self.browser.ask("Page.handleJavaScriptDialog", {"accept": True})
                    return event["params"]["message"]
                if event["method"] == "Runtime.exceptionThrown":
                    details = event["params"]["exceptionDetails"]
                    return details.get("exception", {}).get("description") or details["text"]
            return said if said in heard else None

        return self.follow(ended, **how)

    def at_keystead(self):
        """Signs in to Keystead: the heading of the page that follows, or what is wrong."""
        self.browser.open(f"{KEYSTEAD}/sign-in")
        self.wire.forget()
        self.browser.click("Sign in with your security key")

        def ended(_):
            problem, heading = self.browser.evaluate(
                "[document.querySelector('[role=alert]')?.innerText, document.querySelector('h1')?.innerText]"
            )
            return problem or (None if not heading or heading.startswith("Sign in") else heading)

        return self.follow(ended)


def expect(outcome, expected):
    end, heard = outcome
    print(f"   {end!r}; the key said: {', '.join(heard)}", flush=True)
    if expected not in end:
        raise AssertionError(f"expected {expected!r}")


def main():
    build, example, share = sys.argv[1:]
    folder = tempfile.mkdtemp()
    step("Chromium begins to start, and meanwhile everything else")
    browser = Chromium(folder)
    house = House(folder, build, sys.executable, example)
    try:
        device = house.enrol_agent()
        key = house.hand_out_card(BADGE, PIN)
        step(f"The security key is {device}, and the card is handed out")
        browser.wait_for_page(300)
        step("Chromium has started")
        journey = Journey(house, browser, KeyWire(device))

        step("Chromium registers the card at a site that is not ours")
        expect(journey.at_site("register"), "Registration successful")
        step("It signs in there without a user name")
        expect(journey.at_site("authenticate"), "Authentication successful")
        step("It signs in to Keystead without a user name")
        expect(journey.at_keystead(), "My page")

        step("Three wrong PINs in Chromium's dialog: the key asks for a new tap before it looks at another one")
        expect(journey.at_site("authenticate", said=PIN_AUTH_BLOCKED, pins=[WRONG] * 3), PIN_AUTH_BLOCKED)
        step("Five more by another program, and the card is blocked, on the server")
        times = house.block(BADGE, WRONG)
        if times != 5 or not house.ask("GET", f"/keys/{key}/card")["blocked"]:
            raise AssertionError(f"blocked after {times} more, or not known to the server")
        step("An administrator unblocks it: Chromium signs in as before")
        house.ask("POST", f"/keys/{key}/card/unblock", {})
        # What was under way with the card has ended: it begins anew with a tap.
        house.tap(BADGE).wait()
        expect(journey.at_site("authenticate"), "Authentication successful")

        step("The key is revoked on the server: the next touch is refused")
        house.ask("POST", f"/keys/{key}/revoke", {"reason": "lost"})
        end, heard = journey.at_site("authenticate", said=OPERATION_DENIED)
        print(f"   {end!r}; the key said: {', '.join(heard)}", flush=True)
        if "assertion" in heard or "successful" in end:
            raise AssertionError("a revoked card signed in")
        step("Everything is as it should be")
    except BaseException:
        browser.picture(f"{share}/screen.png")
        house.tell()
        raise
    house.close()
    browser.close()


if __name__ == "__main__":
    main()
