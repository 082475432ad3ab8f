"use strict";

const byId = (id) => document.getElementById(id);

function place(figures, where) {
  const order = [...figures].sort((a, b) => (a.dataset.number || 1e9) - (b.dataset.number || 1e9));
  for (const figure of order) {
    const reading = figure.closest(".reading");
    const sentence = reading.querySelector(`.sentence[data-index="${figure.dataset[where]}"]`);
    sentence.before(figure);
  }
}

function toggle(button, act) {
  if (!button) return;
  act(button.getAttribute("aria-pressed") === "true");
  button.addEventListener("click", () => {
    const pressed = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", pressed);
    act(pressed);
  });
}

const placements = document.querySelectorAll("button[data-place]");
for (const button of placements) {
  toggle(button, (pressed) => {
    for (const other of placements) if (pressed && other !== button) other.setAttribute("aria-pressed", false);
    place(document.querySelectorAll(".figure"), pressed ? button.dataset.place : "matched");
  });
}
toggle(byId("dropped"), (pressed) => document.body.classList.toggle("hide-dropped", !pressed));

toggle(byId("unsafe"), (pressed) => {
  for (const image of document.querySelectorAll("img[data-unsafe]")) image.src = pressed ? image.dataset.unsafe : "data:,";
});

function light(heat, event) {
  const matrix = JSON.parse(heat.dataset.matrix);
  const box = heat.getBoundingClientRect();
  const row = Math.floor(((event.clientY - box.top) / box.height) * matrix.length);
  const column = Math.floor(((event.clientX - box.left) / box.width) * matrix[0].length);
  if (!(row in matrix) || !(column in matrix[0])) return;
  document.querySelectorAll(".lit").forEach((each) => each.classList.remove("lit"));
  document.querySelector(`.sentence[data-index="${JSON.parse(heat.dataset.columns)[column]}"]`)?.classList.add("lit");
  const image = byId(`image-${JSON.parse(heat.dataset.images)[row]}`);
  const name = image?.dataset.number ? `picture ${image.dataset.number}` : "a picture without a sentence";
  byId("cell").textContent = `${name} with sentence ${column}: ${matrix[row][column].toFixed(3)}`;
}

const heat = document.querySelector(".heat");
heat?.addEventListener("pointermove", (event) => light(heat, event));

// Only ends of bounds that were moved go into the address, so that a link says what was tried.
byId("bounds")?.addEventListener("submit", (event) => {
  for (const input of event.target.querySelectorAll("input")) if (input.value !== input.defaultValue) input.name = input.dataset.name;
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.question")) return;
  for (const field of event.target.elements) if (!field.value) field.disabled = true;
});

// While pages are still being read, the list is asked for again, and what somebody works in is left alone until then.
async function follow() {
  for (let waits = byId("reading") !== null; waits; ) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    waits = fresh.getElementById("reading") !== null;
    document.title = fresh.title;
    for (const part of document.querySelectorAll("#question, #found")) {
      const now = fresh.getElementById(part.id);
      if (!now) return location.reload();
      if (part.contains(document.activeElement)) waits = true;
      else part.replaceWith(now);
    }
  }
}
follow();

const KEYS = { j: "after", ArrowRight: "after", k: "before", ArrowLeft: "before", Escape: "up", u: "unsafe", c: "compare", p: "placement", f: "fused", d: "dropped" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  if (event.key === "/" && byId("search")) {
    event.preventDefault();
    byId("search").focus();
  } else if (event.key in KEYS) {
    byId(KEYS[event.key])?.click();
  }
});
