// The site: six pages over the views of a client base.  What a page shows is
// read once, when the site is built: a loader is a query that psql runs, and
// answers with JSON.
import {pages} from "./src/components/words.js";

const bilingual = ({ru, en}) => `<span class="ru">${ru}</span><span class="en">${en}</span>`;

export default {
  title: "Клиентская база",
  root: "src",
  output: "dist",
  interpreters: {".sql": ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-f"]},
  style: "style.css",
  globalStylesheets: [],
  pages: Object.entries(pages).map(([path, {ru}]) => ({path: `/${path}`, name: ru})),
  sidebar: false,
  toc: false,
  pager: false,
  preserveExtension: true,
  // The language is known before anything is drawn.
  head: `<link rel="icon" href="data:,">
  <script>
    {
      const asked = new URLSearchParams(location.search).get("lang");
      if (asked === "ru" || asked === "en") localStorage.setItem("lang", asked);
      document.documentElement.lang = localStorage.getItem("lang") === "en" ? "en" : "ru";
      addEventListener("click", ({target}) => {
        const button = target.closest?.("button[data-lang]");
        if (!button) return;
        const url = new URL(location);
        url.searchParams.delete("lang");
        localStorage.setItem("lang", button.dataset.lang);
        history.replaceState(null, "", url);
        location.reload();
      });
    }
  </script>`,
  header: ({path}) => `<nav class="bar">
    <a class="brand" href="./index.html">kbnorms</a>
    ${Object.entries(pages).map(([page, names]) =>
      `<a href="./${page}.html" data-page="${page}"${path === `/${page}` ? ' aria-current="page"' : ""}>${bilingual(names)}</a>`).join("\n    ")}
    <span class="languages"><button data-lang="ru" lang="ru">Рус</button><button data-lang="en" lang="en">Eng</button></span>
  </nav>`,
  footer: ""
};
