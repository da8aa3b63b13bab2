"use strict";
const data = JSON.parse(document.getElementById("page-data").textContent);

// ---- the parts of the page
const tabs = [...document.querySelectorAll("nav [role=tab]")];
function show(tab) {
  for (const other of tabs) {
    const on = other === tab;
    other.setAttribute("aria-selected", on);
    document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
  }
}
tabs.forEach((tab) => tab.addEventListener("click", () => show(tab)));
show(tabs[0]);

// ---- videos: one player a style, a tab for each track
const addresses = new Map();
function address(id) {
  if (!addresses.has(id)) {
    const text = atob(document.getElementById(id).textContent);
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    addresses.set(id, URL.createObjectURL(new Blob([bytes], { type: "video/mp4" })));
  }
  return addresses.get(id);
}
for (const card of document.querySelectorAll("[data-player]")) {
  const video = card.querySelector("video");
  const choices = [...card.querySelectorAll("[data-video]")];
  function choose(button, play) {
    choices.forEach((other) => other.setAttribute("aria-selected", other === button));
    video.src = address(button.dataset.video);
    if (play) video.play();
  }
  choices.forEach((button) => button.addEventListener("click", () => choose(button, true)));
  video.addEventListener("click", () => { if (!video.src) choose(choices[0], true); });
  choices[0].setAttribute("aria-selected", "true");
  new IntersectionObserver((seen, observer) => {
    if (seen.some((entry) => entry.isIntersecting)) { if (!video.src) choose(choices[0], false); observer.disconnect(); }
  }).observe(video);
}

// ---- rating: blind, in an order of chance, kept in this browser
const KEY = "clavilux-ratings-" + data.id;
const byId = (id) => document.getElementById(id);
let grey = false, order = [], at = 0, given = {};
try { given = JSON.parse(localStorage.getItem(KEY)) || {}; } catch { given = {}; }
const name = (item) => JSON.stringify([item.style, item.prompt, grey]);

function shuffle() {
  order = data.items.map((item) => item);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  order = order.filter((item) => !(name(item) in given));
  at = 0;
  ask();
}
function ask() {
  const item = order[at];
  byId("rate-asking").hidden = !item;
  byId("rate-done").hidden = Boolean(item);
  const all = Object.keys(given).length;
  byId("rate-count").textContent = all + (all === 1 ? " rating" : " ratings") + " given";
  if (!item) return;
  byId("rate-picture").src = item.picture;
  byId("rate-picture").className = grey ? "grey" : "";
  byId("rate-prompt").textContent = item.prompt;
  byId("rate-place").textContent = at + 1 + " of " + order.length;
}
function rate(stars) {
  const item = order[at];
  if (!item) return;
  given[name(item)] = stars;
  try { localStorage.setItem(KEY, JSON.stringify(given)); } catch { /* a private window keeps nothing */ }
  at += 1;
  ask();
}
function ratings() {
  return Object.entries(given).map(([key, rating]) => {
    const [style, prompt, grey] = JSON.parse(key);
    return { style, prompt, grey, rating };
  });
}
if (data.items.length) {
  document.querySelectorAll("[data-stars]").forEach((button) =>
    button.addEventListener("click", () => rate(Number(button.dataset.stars))));
  addEventListener("keydown", (event) => {
    if (!byId("rate").hidden && event.key >= "1" && event.key <= "5") rate(Number(event.key));
  });
  byId("rate-grey").addEventListener("click", (event) => {
    grey = !grey;
    event.currentTarget.setAttribute("aria-pressed", grey);
    shuffle();
  });
  byId("rate-export").addEventListener("click", () => {
    const text = JSON.stringify({ report: data.id, ratings: ratings() }, null, 2);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "ratings.json";
    link.click();
  });
  byId("rate-clear").addEventListener("click", () => {
    given = {};
    localStorage.removeItem(KEY);
    shuffle();
  });
  shuffle();
}
