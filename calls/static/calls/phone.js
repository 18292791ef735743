// What htmx cannot do for the phone: sound, speech, clocks, focus, and whether anybody looks at the page.
"use strict";
{
  const PATIENCE = 120_000; // how long a hidden page keeps the phone open: the call may be started in another tab
  const find = (selector) => document.querySelector(selector);
  const asked = () => find("#poll [name=number]").value;
  const kind = () => find("#poll [name=kind]").value;

  // --- Our words, spoken; and the ringing
  const voice = find("#voice");
  const synthesis = window.speechSynthesis;
  const isOn = () => voice.getAttribute("aria-checked") === "true";
  const hush = () => synthesis?.cancel();
  let tones;

  function setSound(on) {
    voice.setAttribute("aria-checked", on);
    localStorage.setItem("callflow.phone.sound", on ? "on" : "off");
    if (!on) hush();
  }

  function speakNewLines(aloud) {
    for (const line of document.querySelectorAll("#lines .line:not([data-heard])")) {
      line.dataset.heard = "";
      if (line.matches(".them")) hush();
      if (!aloud || !isOn() || !synthesis || !("say" in line.dataset)) continue;
      const words = new SpeechSynthesisUtterance(line.querySelector(".words").textContent);
      words.lang = line.lang;
      synthesis.speak(words);
    }
  }

  function ring() {
    if (kind() !== "ringing" || !isOn() || !navigator.userActivation?.hasBeenActive) return;
    tones ??= new AudioContext();
    const volume = new GainNode(tones, { gain: 0.05 });
    volume.connect(tones.destination);
    for (const frequency of [400, 450]) {
      const tone = new OscillatorNode(tones, { frequency });
      tone.connect(volume);
      tone.start();
      tone.stop(tones.currentTime + 0.8);
    }
  }

  // --- The person's words: whoever begins to answer interrupts us, and is waited for
  let begun = "";
  let recognition;

  function begin() {
    hush();
    if (asked() === "0" || asked() === begun) return;
    begun = asked();
    htmx.trigger("#text", "begun");
  }

  function listen() {
    const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
    const field = find("#text");
    if (!Recognition || !field) return;
    if (recognition) return recognition.stop();
    recognition = new Recognition();
    recognition.lang = find("#poll").dataset.language ?? "en";
    recognition.interimResults = true;
    recognition.onresult = ({ results }) => {
      const heard = [...results].map((result) => result[0]);
      field.value = heard.map((part) => part.transcript).join("");
      if (![...results].every((result) => result.isFinal)) return begin();
      find("#confidence").value = heard.at(-1).confidence || "";
      find("#say").requestSubmit();
    };
    recognition.onerror = ({ error }) => (find("#notice").textContent = `The browser heard nothing (${error}).`);
    recognition.onend = () => {
      recognition = undefined;
      find("#speak")?.setAttribute("aria-pressed", "false");
    };
    recognition.start();
    find("#speak").setAttribute("aria-pressed", "true");
    begin();
  }

  // --- Clocks: what the server said, and the time since
  function tick() {
    const since = (clock) => (performance.now() - (clock.at ??= performance.now())) / 1000;
    for (const clock of document.querySelectorAll("[data-left]")) {
      const left = Math.max(clock.dataset.left - since(clock), 0);
      if ("value" in clock) clock.value = left;
      else clock.textContent = `${left.toFixed(1)} s`;
    }
    for (const clock of document.querySelectorAll("[data-since]")) {
      const seconds = Math.floor(+clock.dataset.since + since(clock));
      clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
  }

  // --- The page follows the call
  let hadFocus = false;

  function follow({ aloud = true } = {}) {
    speakNewLines(aloud);
    tick();
    find("#lines").scrollTop = find("#lines").scrollHeight;
    const speak = find("#speak");
    if (speak) speak.hidden = !(window.SpeechRecognition ?? window.webkitSpeechRecognition);
    if (hadFocus && document.activeElement === document.body) find("#screen [data-focus]")?.focus();
    if (find("#text")?.value) begin();
    if (kind() !== "talking") {
      begun = "";
      recognition?.abort();
    }
    document.title = kind() === "ringing" ? `☎ ${find("#screen .name").textContent} · Callflow` : "Phone · Callflow";
  }

  const on = (names, act) => names.split(" ").forEach((name) => document.addEventListener(name, act));
  on("htmx:beforeSwap", () => (hadFocus = find("#screen").contains(document.activeElement)));
  on("htmx:afterSettle", () => follow());
  const lost = "Callflow does not answer; trying again.";
  on("htmx:sendError htmx:responseError", () => (find("#notice").textContent = lost));
  on("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && find("#notice").textContent === lost) find("#notice").textContent = "";
  });
  on("done", ({ target }) => {
    if (target.id !== "say") return;
    target.reset();
    find("#text")?.focus();
  });
  on("input", ({ target }) => target.id === "text" && begin());
  on("click", ({ target }) => {
    const button = target.closest("button");
    if (button === voice) setSound(!isOn());
    else if (button?.id === "speak") listen();
    else if (button?.closest("#screen")) hush();
  });
  on("keydown", (event) => {
    if (event.key === "F2") listen();
    else if (event.target.closest?.("#keypad")) find(`#keypad [value="${CSS.escape(event.key)}"]`)?.click();
  });

  // --- Somebody is there, or not
  let hiddenAt = 0;
  on("visibilitychange", () => (hiddenAt = document.hidden ? Date.now() : 0));
  on("htmx:beforeRequest", (event) => {
    const isAway = hiddenAt && Date.now() - hiddenAt > PATIENCE && kind() !== "talking";
    if (isAway && event.target.id === "poll") event.preventDefault();
  });
  addEventListener("pagehide", () => {
    const form = new FormData();
    form.set("csrfmiddlewaretoken", JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]);
    navigator.sendBeacon(document.body.dataset.close, form);
  });

  setSound(localStorage.getItem("callflow.phone.sound") !== "off");
  setInterval(tick, 200);
  setInterval(ring, 2000);
  follow({ aloud: false });
}
