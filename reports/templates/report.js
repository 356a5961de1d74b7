"use strict";
(() => {
  const articles = [...document.querySelectorAll(".scenario")];
  const search = document.getElementById("search");
  for (const control of document.querySelectorAll("[data-needs-script]")) control.hidden = false;

  const setAll = (open) => {
    for (const article of articles) article.querySelector("details").open = open;
  };
  document.getElementById("open-all").addEventListener("click", () => setAll(true));
  document.getElementById("close-all").addEventListener("click", () => setAll(false));

  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const article of articles) article.hidden = !article.dataset.find.toLowerCase().includes(wanted);
  });

  const showTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const around = target && target.closest("details");
    if (around) {
      around.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", showTarget);
  showTarget();

  addEventListener("beforeprint", () => {
    for (const article of articles) {
      if (article.matches(".is-fail, .is-error, .is-config")) article.querySelector("details").open = true;
    }
  });
})();
