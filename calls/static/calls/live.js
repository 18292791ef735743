// What htmx cannot do for a call that goes on: its clock, rest for the finger, and whether anybody looks at the page.
"use strict";
{
  const find = (selector) => document.querySelector(selector);
  const on = (names, act) => names.split(" ").forEach((name) => document.addEventListener(name, act));
  const isInUse = (part) => part.matches(":hover, :focus-within");
  let waiting; // buttons that take the place of those under the finger once it has left

  function tick() {
    const clock = find(".call-clock");
    if (clock) {
      clock.since ??= performance.now() - clock.dataset.seconds * 1000;
      const seconds = Math.floor((performance.now() - clock.since) / 1000);
      clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
    if (waiting && !isInUse(find("#call-buttons"))) {
      find("#call-buttons").replaceWith(waiting);
      waiting = undefined;
    }
  }

  function report(words) {
    if (find("#call-notice").textContent !== words) find("#call-notice").textContent = words;
  }

  // A part that has not changed stays as it is, with the focus and the selection in it
  on("htmx:oobBeforeSwap", ({ detail }) => {
    const { target, fragment } = detail;
    const fresh = fragment.firstElementChild;
    if (fresh && target.isEqualNode(fresh)) detail.shouldSwap = false;
    else if (target.id === "call-buttons") {
      waiting = isInUse(target) ? fresh.cloneNode(true) : undefined;
      detail.shouldSwap = !waiting;
    }
  });
  on("htmx:afterSettle", tick);

  on("htmx:beforeRequest", (event) => document.hidden && event.target.id === "call-live" && event.preventDefault());
  on("visibilitychange", () => !document.hidden && find("#call-live") && htmx.trigger("#call-live", "look"));
  on("htmx:sendError htmx:responseError", () => report("Callflow does not answer; trying again."));
  on("htmx:afterRequest", ({ detail }) => [200, 204, 286].includes(detail.xhr.status) && report(""));

  setInterval(tick, 200);
}
